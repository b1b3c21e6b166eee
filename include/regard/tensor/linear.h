#pragma once

#include <cstdint>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "regard/tensor/initialise.h"

namespace regard {

struct LinearOptions {
  std::int64_t in = 0;
  std::int64_t out = 0;  ///< rows of all fused projections together
  bool has_bias = true;
  std::int64_t fused =
      1;  ///< how many projections are stacked in the rows; each is initialized as if it were alone
};

/// y = x W^T + b.  x [..., in], W [out, in], b [out], y [..., out].
/// On the CPU in float32, many rows are multiplied with packed weights (packed_matrix.h),
/// in the forward and the backward pass, which is faster than LibTorch's own product.
/// Glorot uniform (Glorot & Bengio 2010) with fan-out out / fused; bias 0.
class LinearImpl : public torch::nn::Module, public Initialisable {
 public:
  explicit LinearImpl(const LinearOptions& options);
  torch::Tensor forward(const torch::Tensor& x) const;
  /// relu(y), in the same pass where it can be.
  torch::Tensor forward_relu(const torch::Tensor& x) const;
  /// The output rows [first, first + count) only, as a view of the same parameters.
  torch::Tensor forward_rows(const torch::Tensor& x, std::int64_t first, std::int64_t count) const;
  void initialise(at::Generator& generator) override;

  torch::Tensor weight;
  torch::Tensor bias;  ///< undefined without bias

 private:
  LinearOptions options_;
};
TORCH_MODULE(Linear);

}  // namespace regard
