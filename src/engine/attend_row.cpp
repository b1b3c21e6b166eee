#include "regard/engine/attend_row.h"

#include <algorithm>
#include <cmath>

#include "regard/engine/kernel_choice.h"

namespace regard {

void attend_row(const float* query, const KeyRows& keys, const HeadShape& shape, float* space,
                float* context) {
  if (keys.count == 0) {
    std::fill_n(context, shape.heads * shape.head_dim, 0.0F);
    return;
  }
  best_kernels().attend({query, keys.keys, keys.count, keys.to_value, shape.heads, shape.head_dim,
                         1.0F / std::sqrt(static_cast<float>(shape.head_dim)), space, context});
}

std::int64_t attend_space(std::int64_t keys) {
  return kernels::attention_space(keys);
}

namespace {

float dot(const float* a, const float* b, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i)
    sum += static_cast<double>(a[i]) * b[i];
  return static_cast<float>(sum);
}

void softmax(float* scores, std::int64_t count) {
  const float top = *std::max_element(scores, scores + count);
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i)
    sum += scores[i] = std::exp(scores[i] - top);
  for (std::int64_t i = 0; i < count; ++i)
    scores[i] = static_cast<float>(scores[i] / sum);
}

}  // namespace

void write_attention_weights(const float* query, const KeyRows& keys, const HeadShape& shape,
                             float* weights) {
  if (keys.count == 0) return;
  const float scale = 1.0F / std::sqrt(static_cast<float>(shape.head_dim));
  for (std::int64_t head = 0; head < shape.heads; ++head, weights += keys.count) {
    const std::int64_t first = head * shape.head_dim;
    for (std::int64_t key = 0; key < keys.count; ++key)
      weights[key] = scale * dot(query + first, keys.keys[key] + first, shape.head_dim);
    softmax(weights, keys.count);
  }
}

}  // namespace regard
