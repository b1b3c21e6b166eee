#pragma once

#include <ATen/core/Tensor.h>

namespace regard {

/// Turns logits [rows, classes] into log-probabilities, in the same memory where they are float32
/// on the CPU and contiguous; otherwise through LibTorch, into new float32 memory.
at::Tensor log_softmax_of(at::Tensor logits);

}  // namespace regard
