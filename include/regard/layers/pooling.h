#pragma once

#include <string>
#include <vector>

#include "regard/attention/attention.h"
#include "regard/layers/pool_options.h"
#include "regard/layers/sublayer.h"

namespace regard {

/// One vector of each sequence: PoolOptions says which, and of several the values stand side by
/// side, that of the attention last. Padding counts for nothing.
///
/// The attention is the module of all others (attention/attention) with no projections. An additive
/// score reads a constant query of width 1, so it is v tanh(W h + b) (Yang et al. 2016, eq. 5-7)
/// or, per feature, M elu(W h + b) (Shen et al. 2018, source2token, eq. 17); other scores read a
/// learned query as wide as the states.
class PoolingImpl : public torch::nn::Module, public Initialisable {
 public:
  /// Of states that are `width` wide; `dropout` is on the attention's weights, `name` that of its
  /// record.
  PoolingImpl(const PoolOptions& options, std::int64_t width, double dropout, std::string name);
  /// states [batch, positions, width] -> [batch, pooled_width()].
  torch::Tensor forward(const torch::Tensor& states, const SequenceMask& mask,
                        const ForwardContext& context, std::vector<AttentionRecord>* records) const;
  void initialise(at::Generator& generator) override;

 private:
  torch::Tensor attend(const torch::Tensor& states, const SequenceMask& mask,
                       const ForwardContext& context, std::vector<AttentionRecord>* records) const;

  PoolOptions options_;
  std::string name_;
  Attention attention_{nullptr};
  torch::Tensor query_;  // [width]; undefined where the query is constant
};
TORCH_MODULE(Pooling);

}  // namespace regard
