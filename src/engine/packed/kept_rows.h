#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "regard/engine/buffer.h"

namespace regard {

/// A row that a sublayer keeps for each hypothesis from step to step: [rows, dim], 0 at first.
class KeptRows {
 public:
  /// In the first step as many rows of zeros; then those that are there.
  float* values(std::int64_t rows, std::int64_t dim) {
    if (rows_.empty()) {
      dim_ = dim;
      rows_ = FloatBuffer(rows * dim);
      std::fill_n(rows_.data(), rows * dim, 0.0F);
    }
    return rows_.data();
  }

  /// Row i becomes what row `rows[i]` was.
  void reorder(std::span<const std::int64_t> rows) {
    if (rows_.empty()) return;
    FloatBuffer moved(std::ssize(rows) * dim_);
    float* to = moved.data();
    for (const std::int64_t row : rows)
      to = std::copy_n(rows_.data() + row * dim_, dim_, to);
    rows_ = moved;
  }

 private:
  FloatBuffer rows_;  // empty before the first step
  std::int64_t dim_ = 0;
};

}  // namespace regard
