#include "residual_rows.h"

#include "row_functions.h"

namespace regard {

ResidualRows::ResidualRows(const StackNorm& norm, std::int64_t rows, std::int64_t dim, float* x)
    : norm_(norm), rows_(rows), dim_(dim), x_(x) {
  if (norm_.is_pre) normed_ = FloatBuffer(rows * dim);
}

ResidualRows ResidualRows::slice(std::int64_t first, std::int64_t count) const {
  ResidualRows part = *this;  // shares the space for norms
  part.rows_ = count;
  part.x_ += first * dim_;
  return part;
}

const float* ResidualRows::input(const PackedNorm& norm) {
  if (!norm_.is_pre) return x_;
  normalise_rows(x_, rows_, norm, norm_.epsilon, normed_.data());
  return normed_.data();
}

void ResidualRows::add(const PackedMatrix& out, const float* y, const PackedNorm& norm) {
  out.multiply(y, rows_, x_, {.added = x_});
  finish(norm);
}

void ResidualRows::add(const float* y, const PackedNorm& norm) {
  for (std::int64_t i = 0; i < rows_ * dim_; ++i)
    x_[i] += y[i];
  finish(norm);
}

void ResidualRows::finish(const PackedNorm& norm) {
  if (!norm_.is_pre) normalise_rows(x_, rows_, norm, norm_.epsilon, x_);
}

}  // namespace regard
