#pragma once

#include <cstdint>
#include <memory>
#include <span>

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

/// A float32 matrix [rows, columns] in memory of someone else.
struct MatrixView {
  const float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t row_stride = 0;     ///< from row to row, in floats
  std::int64_t column_stride = 1;  ///< from column to column

  static MatrixView of(const float* data, std::int64_t rows, std::int64_t columns) {
    return {data, rows, columns, columns, 1};
  }
};

/// Weights of y = x W^T + b, laid out once for many products on the CPU: panels of columns
/// that the kernel streams through. Against the general product of LibTorch this saves most with
/// few rows, as in decoding (2 to 4 times at 5 rows, 1.15 times at 300, measured), and int8 uses
/// VNNI where the CPU has it.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// weight [out, in], and bias [out] or nothing; both are copied. `kernel` is for tests. Throws
  /// std::invalid_argument for a bias of another size, and when the CPU lacks the requested kernel.
  PackedMatrix(const MatrixView& weight, std::span<const float> bias, WeightType type,
               ProductKernel kernel = ProductKernel::best);

  /// What a product does in addition.
  struct Epilogue {
    bool has_relu = false;         ///< y = relu(x W^T + b)
    const float* added = nullptr;  ///< [rows, out], added last; may be y itself
  };
  /// x [rows, in], y [rows, out], contiguous; no rows are no work. A row of x that is not finite
  /// gives a row that is not. Divides the work among compute_threads().
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
