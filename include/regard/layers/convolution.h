#pragma once

#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "regard/attention/masks.h"
#include "regard/layers/layer_options.h"
#include "regard/tensor/linear.h"

namespace regard {

/// Convolutions over the positions, one after the other, each followed by a gated linear unit
/// (Dauphin et al. 2017, section 2) or ReLU. A window is a row of a matrix product. What is outside
/// the sentence counts as 0.
class ConvolutionImpl : public torch::nn::Module {
 public:
  /// Input and output have the width `dim`.
  ConvolutionImpl(const ConvOptions& options, std::int64_t dim);

  /// x [batch, positions, dim] -> the same shape.
  torch::Tensor forward(const torch::Tensor& x, const SequenceMask& mask) const;

  /// Continues after earlier positions, causal only. `past` holds for each convolution the inputs
  /// it still sees, [rows, kernel - 1, width]; empty at the start.
  torch::Tensor forward_from(const torch::Tensor& x, std::vector<torch::Tensor>& past) const;

 private:
  torch::Tensor apply(std::size_t i, const torch::Tensor& padded) const;

  ConvOptions options_;
  std::vector<Linear> maps_;  // [kernel * width, next width], or twice that with gates
};
TORCH_MODULE(Convolution);

}  // namespace regard
