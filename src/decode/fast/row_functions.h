#pragma once

#include <cstdint>

#include "regard/model/transformer_weights.h"

namespace regard {

/// Layer norm of each row of x [rows, dim], in place allowed: y may be x. Ba et al. 2016.
void normalise_rows(const float* x, std::int64_t rows, const NormWeights& norm, double epsilon,
                    float* y);

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

/// softmax(q k / sqrt(head_dim)) v for the heads of one query [dim], into context [dim]; 0 where
/// there are no keys. `space` [keys.count] is overwritten. Vaswani et al. 2017, eq. 1.
void attend_row(const float* query, const KeyRows& keys, const HeadShape& shape, float* space,
                float* context);

}  // namespace regard
