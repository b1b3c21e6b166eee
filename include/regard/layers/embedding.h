#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "regard/layers/position.h"
#include "regard/tensor/forward_context.h"

namespace regard {

struct EmbeddingOptions {
  std::int64_t vocabulary = 0;
  std::int64_t dim = 0;
  double dropout = 0.0;
  PositionKind position = PositionKind::sinusoidal;
  std::int64_t max_positions = 1024;  ///< learned positions only
  bool is_scaled = true;              ///< embeddings times sqrt(dim)
};

/// E[id] * sqrt(dim) + position, then dropout. E is drawn from N(0, 1 / dim), so that the scaled
/// embeddings start with variance 1, the size of the positions (Vaswani et al. 2017, 3.4). Without
/// the scale, E[id] + position.
class EmbeddingImpl : public torch::nn::Module, public Initialisable {
 public:
  /// With `tied` [vocabulary, dim], that table is used: one parameter, saved once under its first
  /// owner's name.
  explicit EmbeddingImpl(const EmbeddingOptions& options, const torch::Tensor& tied = {});

  /// ids [batch, positions] (int64), whose first position is `first` -> [batch, positions, dim].
  torch::Tensor forward(const torch::Tensor& ids, std::int64_t first,
                        const ForwardContext& context);
  void initialise(at::Generator& generator) override;

  torch::Tensor weight;  ///< [vocabulary, dim]

 private:
  EmbeddingOptions options_;
  Position position_;
  bool is_tied_;
};
TORCH_MODULE(Embedding);

}  // namespace regard
