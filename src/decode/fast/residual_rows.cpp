#include "residual_rows.h"

#include "regard/tensor/torch.h"

#include "row_functions.h"

namespace regard {

ResidualRows::ResidualRows(const StackNorm& norm, std::int64_t rows, std::int64_t dim, float* x)
    : norm_(norm), rows_(rows), dim_(dim), x_(x) {
  if (norm_.is_pre) normed_ = at::empty({rows, dim});
}

ResidualRows ResidualRows::slice(std::int64_t first, std::int64_t count) const {
  ResidualRows part = *this;  // shares the space for norms
  part.rows_ = count;
  part.x_ += first * dim_;
  return part;
}

const float* ResidualRows::input(const NormWeights& norm) {
  if (!norm_.is_pre) return x_;
  auto* normed = normed_.mutable_data_ptr<float>();
  normalise_rows(x_, rows_, norm, norm_.epsilon, normed);
  return normed;
}

void ResidualRows::add(const PackedMatrix& out, const float* y, const NormWeights& norm) {
  out.multiply(y, rows_, x_, {.added = x_});
  finish(norm);
}

void ResidualRows::add(const float* y, const NormWeights& norm) {
  for (std::int64_t i = 0; i < rows_ * dim_; ++i)
    x_[i] += y[i];
  finish(norm);
}

void ResidualRows::finish(const NormWeights& norm) {
  if (!norm_.is_pre) normalise_rows(x_, rows_, norm, norm_.epsilon, x_);
}

}  // namespace regard
