#pragma once

#include <cstdint>

namespace regard {

/// What one query attends to: rows of keys, and of values at a fixed distance from them.
struct KeyRows {
  const float* const* keys = nullptr;  ///< [count] each [dim], the heads side by side
  std::int64_t count = 0;
  std::int64_t to_value = 0;  ///< from a key to its value, in floats
};

/// Heads of one width.
struct HeadShape {
  std::int64_t heads = 0;
  std::int64_t head_dim = 0;
};

/// softmax(q k / sqrt(head_dim)) v for the heads of one query [dim], into context [dim], by the
/// vector instructions of the CPU; 0 where there are no keys. `space` holds
/// attend_space(keys.count) floats, which are overwritten. Vaswani et al. 2017, eq. 1.
void attend_row(const float* query, const KeyRows& keys, const HeadShape& shape, float* space,
                float* context);
std::int64_t attend_space(std::int64_t keys);

/// softmax(q k / sqrt(head_dim)) itself: weights [heads, keys.count]. For those who look at it: it
/// is slower.
void write_attention_weights(const float* query, const KeyRows& keys, const HeadShape& shape,
                             float* weights);

}  // namespace regard
