#pragma once

#include <mutex>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "regard/layers/layer_options.h"
#include "regard/tensor/initialise.h"

namespace regard {

/// position_vectors() [positions, dim], float32.
torch::Tensor position_table(PositionKind kind, std::int64_t positions, std::int64_t dim);

/// Adds positions to embeddings.
class PositionImpl : public torch::nn::Module, public Initialisable {
 public:
  /// `max_positions` bounds learned positions only; the closed forms grow as needed.
  PositionImpl(PositionKind kind, std::int64_t dim, std::int64_t max_positions);

  /// x [batch, positions, dim], whose first position is `first`. Throws UserError past a learned
  /// table's end. Safe to call from several threads.
  torch::Tensor forward(const torch::Tensor& x, std::int64_t first);
  void initialise(at::Generator& generator) override;

 private:
  torch::Tensor closed_form(std::int64_t positions, const torch::Tensor& like);

  PositionKind kind_;
  std::int64_t dim_;
  torch::Tensor learned_;  // [max_positions, dim], a parameter
  torch::Tensor table_;    // closed form, grown on demand; not saved: it follows from the kind
  std::mutex table_mutex_;
};
TORCH_MODULE(Position);

}  // namespace regard
