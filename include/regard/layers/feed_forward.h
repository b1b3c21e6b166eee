#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "regard/layers/layer_options.h"
#include "regard/tensor/forward_context.h"
#include "regard/tensor/linear.h"

namespace regard {

torch::Tensor activate(Activation activation, const torch::Tensor& x);

/// W2 dropout(f(W1 x + b1)) + b2, for each position alone. Vaswani et al. 2017, eq. 2.
/// Gated: W2 dropout(f(W1 x + b1) * (V x + c)) + b2, Shazeer 2020, eq. 6; the rows of `inner` are
/// W1 and then V.   x [..., dim]
class FeedForwardImpl : public torch::nn::Module {
 public:
  FeedForwardImpl(const FeedForwardOptions& options, std::int64_t dim, double dropout);
  torch::Tensor forward(const torch::Tensor& x, const ForwardContext& context) const;

 private:
  FeedForwardOptions options_;
  double dropout_;
  Linear inner_;
  Linear outer_;
};
TORCH_MODULE(FeedForward);

}  // namespace regard
