#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace regard {

/// The layout that the kernels stream through: a float32 matrix [rows, columns] of any strides ->
/// [panels, columns, width], where a panel holds `width` neighbouring rows, side by side. What is
/// missing of the last panel is 0. Uses LibTorch's threads.
at::Tensor panels_of(const at::Tensor& matrix, std::int64_t width);

}  // namespace regard
