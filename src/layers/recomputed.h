#pragma once

#include <functional>

#include <torch/types.h>

#include "regard/tensor/forward_context.h"

namespace regard {

/// What a block of layers reads and has gradients for, in addition to its weights.
struct BlockTensors {
  torch::Tensor x;
  torch::Tensor source;  ///< undefined: there is none
};

/// A pass over a block; it may be called after everything that its caller refers to is gone.
using BlockPass = std::function<torch::Tensor(const BlockTensors&, const ForwardContext&)>;

/// pass(tensors, context), of which only `tensors` is kept for the gradients: in the backward pass,
/// the pass is made again with the same random numbers (Chen et al. 2016, "Training Deep Nets with
/// Sublinear Memory Cost").
torch::Tensor recomputed(const BlockTensors& tensors, const ForwardContext& context,
                         BlockPass pass);

}  // namespace regard
