#pragma once

#include <torch/types.h>

namespace regard {

/// A running mean with gates: c_t = f_t * c_(t-1) + (1 - f_t) * z_t, elementwise.
/// gates f and inputs z [batch, positions, dim], first c_0 [batch, dim] (undefined = 0) -> all c
/// [batch, positions, dim]. On the CPU in one pass forward and one backward, elsewhere a position
/// at a time.
torch::Tensor gated_mean(const torch::Tensor& gates, const torch::Tensor& inputs,
                         const torch::Tensor& first);

}  // namespace regard
