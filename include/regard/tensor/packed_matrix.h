#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

#include "regard/config/describe.h"

namespace regard {

/// How the weights of a product are kept. Sums and all that is between the products are float32.
enum class WeightType {
  float32,
  bfloat16,  ///< rounded to 8 bits of mantissa
  float16,   ///< rounded to 11 bits of mantissa
  int8,      ///< each output its own scale, and x rounded row by row as well
};
REGARD_ENUM(WeightType, float32, bfloat16, float16, int8);

/// Instruction sets that products are written for.
enum class ProductKernel { best, portable, avx2, avx512 };

/// Weights of y = x W^T + b, laid out once for many products on the CPU: panels of columns
/// that the kernel streams through. Against the general product of LibTorch this saves most with
/// few rows, as in decoding (2 to 4 times at 5 rows, 1.15 times at 300, measured), and int8 uses
/// VNNI where the CPU has it.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// weight [out, in] (of any strides) and bias [out] or undefined: float32, on the CPU. The
  /// weight is copied, the bias kept. `kernel` is for tests.
  /// Throws c10::Error when the CPU lacks the requested kernel.
  PackedMatrix(const at::Tensor& weight, const at::Tensor& bias, WeightType type,
               ProductKernel kernel = ProductKernel::best);

  /// What a product does in addition.
  struct Epilogue {
    bool has_relu = false;         ///< y = relu(x W^T + b)
    const float* added = nullptr;  ///< [rows, out], added last; may be y itself
  };
  /// x [rows, in], y [rows, out], contiguous; no rows are no work. A row of x that is not finite
  /// gives a row that is not. Uses LibTorch's threads.
  void multiply(const float* x, std::int64_t rows, float* y, const Epilogue& epilogue) const;
  void multiply(const float* x, std::int64_t rows, float* y) const { multiply(x, rows, y, {}); }

  std::int64_t in() const;
  std::int64_t out() const;
  /// Of the packed weights.
  std::int64_t bytes() const;

 private:
  struct Panels;
  std::shared_ptr<const Panels> panels_;  // copies share them
};

/// Whether this CPU can run it.
bool has_kernel(ProductKernel kernel);

}  // namespace regard
