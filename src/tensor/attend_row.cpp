#include "regard/tensor/attend_row.h"

#include <algorithm>
#include <cmath>

#include "kernel_choice.h"

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

}  // namespace regard
