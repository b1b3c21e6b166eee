#include "row_functions.h"

#include <cmath>

#include "regard/engine/parallel.h"
#include "regard/engine/vector_clones.h"

namespace regard {
namespace {

constexpr int kNormLanes = 16;  // partial results, so that the compiler may use vector registers
constexpr std::int64_t kNormRowsOfAThread = 256;

/// The sums of the lanes, pairwise.
inline float sum_of(float (&lanes)[kNormLanes]) {
  for (int half = kNormLanes / 2; half > 0; half /= 2) {
    for (int lane = 0; lane < half; ++lane)
      lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

struct Affine {
  const float* scale;
  const float* shift;
  float epsilon;
};

REGARD_VECTOR_CLONES
void normalise_row(const float* x, std::int64_t dim, Affine affine, float* y) {
  const std::int64_t whole = dim - dim % kNormLanes;
  float sums[kNormLanes] = {};
  for (std::int64_t i = 0; i < whole; i += kNormLanes) {
    for (int lane = 0; lane < kNormLanes; ++lane)
      sums[lane] += x[i + lane];
  }
  float total = sum_of(sums);
  for (std::int64_t i = whole; i < dim; ++i)
    total += x[i];
  const float mean = total / static_cast<float>(dim);
  float squares[kNormLanes] = {};
  for (std::int64_t i = 0; i < whole; i += kNormLanes) {
    for (int lane = 0; lane < kNormLanes; ++lane)
      squares[lane] += (x[i + lane] - mean) * (x[i + lane] - mean);
  }
  float variance = sum_of(squares);
  for (std::int64_t i = whole; i < dim; ++i)
    variance += (x[i] - mean) * (x[i] - mean);
  const float inverse = 1.0F / std::sqrt(variance / static_cast<float>(dim) + affine.epsilon);
  for (std::int64_t i = 0; i < dim; ++i)
    y[i] = (x[i] - mean) * inverse * affine.scale[i] + affine.shift[i];
}

}  // namespace

void normalise_rows(const float* x, std::int64_t rows, const PackedNorm& norm, double epsilon,
                    float* y) {
  const std::int64_t dim = std::ssize(norm.scale);
  const Affine affine{norm.scale.data(), norm.shift.data(), static_cast<float>(epsilon)};
  parallel_for(0, rows, kNormRowsOfAThread, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      normalise_row(x + row * dim, dim, affine, y + row * dim);
  });
}

}  // namespace regard
