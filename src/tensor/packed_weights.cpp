#include "regard/tensor/packed_weights.h"

#include <span>

#include "regard/tensor/checks.h"
#include "regard/tensor/torch.h"

namespace regard {

MatrixView matrix_view_of(const at::Tensor& matrix) {
  TORCH_CHECK(matrix.is_cpu() && matrix.dim() == 2 && matrix.scalar_type() == at::kFloat,
              "only float32 matrices on the CPU are packed");
  return {matrix.const_data_ptr<float>(), matrix.size(0), matrix.size(1), matrix.stride(0),
          matrix.stride(1)};
}

PackedMatrix pack_weights(const at::Tensor& weight, const at::Tensor& bias, WeightType type,
                          ProductKernel kernel) {
  const MatrixView view = matrix_view_of(weight);
  if (!bias.defined()) return {view, {}, type, kernel};
  check_shape(bias, {weight.size(0)}, "bias [out]");
  const at::Tensor values = bias.contiguous();
  return {view, std::span(values.const_data_ptr<float>(), static_cast<std::size_t>(values.numel())),
          type, kernel};
}

}  // namespace regard
