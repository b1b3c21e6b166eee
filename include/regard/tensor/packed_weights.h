#pragma once

#include <ATen/core/Tensor.h>

#include "regard/engine/packed_matrix.h"

namespace regard {

/// Of a float32 matrix on the CPU, of any strides, which must outlive the view.
MatrixView matrix_view_of(const at::Tensor& matrix);

/// weight [out, in] (of any strides) and bias [out] or undefined: float32, on the CPU. Both are
/// copied. Throws c10::Error for other tensors.
PackedMatrix pack_weights(const at::Tensor& weight, const at::Tensor& bias,
                          WeightType type = WeightType::float32,
                          ProductKernel kernel = ProductKernel::best);

}  // namespace regard
