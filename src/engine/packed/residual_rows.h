#pragma once

#include <cstdint>

#include "regard/engine/buffer.h"
#include "regard/engine/packed_matrix.h"

#include "norm_weights.h"

namespace regard {

/// How the sublayers of a stack normalize.
struct StackNorm {
  bool is_pre = true;  ///< the input of each, or else the sum after it
  double epsilon = 1e-5;
};

/// x += f(norm(x)), or x = norm(x + f(x)), around a sublayer f, for the rows of x [rows, dim].
class ResidualRows {
 public:
  ResidualRows(const StackNorm& norm, std::int64_t rows, std::int64_t dim, float* x);
  /// What f reads: `x` itself, or its norm.
  const float* input(const PackedNorm& norm);
  /// Adds out(y) [rows, dim] for y [rows, out.in()].
  void add(const PackedMatrix& out, const float* y, const PackedNorm& norm);
  /// Adds y [rows, dim].
  void add(const float* y, const PackedNorm& norm);
  std::int64_t rows() const { return rows_; }
  std::int64_t dim() const { return dim_; }
  /// Rows [first, first + count) of x, to be done with before another slice is begun.
  ResidualRows slice(std::int64_t first, std::int64_t count) const;

 private:
  void finish(const PackedNorm& norm);

  StackNorm norm_;
  std::int64_t rows_;
  std::int64_t dim_;
  float* x_;
  FloatBuffer normed_;
};

}  // namespace regard
