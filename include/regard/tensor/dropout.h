#pragma once

#include <torch/types.h>

#include "regard/tensor/forward_context.h"

namespace regard {

/// Zeroes each element with `probability` and scales the rest by 1 / (1 - probability); x itself in
/// evaluation or at probability 0. Works on any shape. Srivastava et al. 2014.
///
/// On the CPU in float32 the mask is a hash of (seed, element index), computed again in the
/// backward pass: it needs no memory, is the same for every number of threads, and costs a fraction
/// of drawing Bernoulli numbers.
torch::Tensor dropout(const torch::Tensor& x, double probability, const ForwardContext& context);

/// residual + dropout(x), in one pass over memory. Both have the same shape.
torch::Tensor add_dropout(const torch::Tensor& residual, const torch::Tensor& x, double probability,
                          const ForwardContext& context);

}  // namespace regard
