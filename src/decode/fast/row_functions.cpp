#include "row_functions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "regard/tensor/fast_exp.h"
#include "regard/tensor/vector_clones.h"

namespace regard {
namespace {

constexpr int kLanes = 16;  // partial results, so that the compiler may use vector registers
constexpr std::int64_t kRowsOfAThread = 64;

/// The sums of the lanes, pairwise.
inline float sum_of(float (&lanes)[kLanes]) {
  for (int half = kLanes / 2; half > 0; half /= 2) {
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
  const std::int64_t whole = dim - dim % kLanes;
  float sums[kLanes] = {};
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane)
      sums[lane] += x[i + lane];
  }
  float total = sum_of(sums);
  for (std::int64_t i = whole; i < dim; ++i)
    total += x[i];
  const float mean = total / static_cast<float>(dim);
  float squares[kLanes] = {};
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane)
      squares[lane] += (x[i + lane] - mean) * (x[i + lane] - mean);
  }
  float variance = sum_of(squares);
  for (std::int64_t i = whole; i < dim; ++i)
    variance += (x[i] - mean) * (x[i] - mean);
  const float inverse = 1.0F / std::sqrt(variance / static_cast<float>(dim) + affine.epsilon);
  for (std::int64_t i = 0; i < dim; ++i)
    y[i] = (x[i] - mean) * inverse * affine.scale[i] + affine.shift[i];
}

inline float dot(const float* a, const float* b, std::int64_t size) {
  float sums[kLanes] = {};
  const std::int64_t whole = size - size % kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane)
      sums[lane] += a[i + lane] * b[i + lane];
  }
  float total = sum_of(sums);
  for (std::int64_t i = whole; i < size; ++i)
    total += a[i] * b[i];
  return total;
}

/// Scores become weights that sum up to 1.
inline void softmax(float* scores, std::int64_t count) {
  float top = -std::numeric_limits<float>::infinity();
  for (std::int64_t i = 0; i < count; ++i)
    top = std::max(top, scores[i]);
  float total = 0.0F;
  for (std::int64_t i = 0; i < count; ++i) {
    scores[i] = exp_of_negative(scores[i] - top);
    total += scores[i];
  }
  const float inverse = 1.0F / total;
  for (std::int64_t i = 0; i < count; ++i)
    scores[i] *= inverse;
}

REGARD_VECTOR_CLONES
void attend_head(const float* query, const KeyRows& keys, std::int64_t first, std::int64_t width,
                 float* space, float* context) {
  const float scale = 1.0F / std::sqrt(static_cast<float>(width));
  for (std::int64_t key = 0; key < keys.count; ++key)
    space[key] = dot(query + first, keys.keys[key] + first, width) * scale;
  softmax(space, keys.count);
  float* out = context + first;
  std::fill_n(out, width, 0.0F);
  for (std::int64_t key = 0; key < keys.count; ++key) {
    const float* value = keys.keys[key] + keys.to_value + first;
    const float weight = space[key];
    for (std::int64_t i = 0; i < width; ++i)
      out[i] += weight * value[i];
  }
}

}  // namespace

void normalise_rows(const float* x, std::int64_t rows, const NormWeights& norm, double epsilon,
                    float* y) {
  const std::int64_t dim = norm.scale.numel();
  const Affine affine{norm.scale.const_data_ptr<float>(), norm.shift.const_data_ptr<float>(),
                      static_cast<float>(epsilon)};
  at::parallel_for(0, rows, kRowsOfAThread, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      normalise_row(x + row * dim, dim, affine, y + row * dim);
  });
}

void attend_row(const float* query, const KeyRows& keys, const HeadShape& shape, float* space,
                float* context) {
  if (keys.count == 0) {
    std::fill_n(context, shape.heads * shape.head_dim, 0.0F);
    return;
  }
  for (std::int64_t head = 0; head < shape.heads; ++head)
    attend_head(query, keys, head * shape.head_dim, shape.head_dim, space, context);
}

}  // namespace regard
