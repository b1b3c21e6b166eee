#pragma once

#include "regard/attention/attention_options.h"
#include "regard/tensor/attend_row.h"

#include "weight_packer.h"

namespace regard {

constexpr std::int64_t kRowsOfAThread = 64;

/// Queries, and keys next to values, in matrices of their own: the latter go straight to the cache.
struct PackedAttention {
  PackedMatrix query;
  PackedMatrix key_value;
  PackedMatrix out;
  NormWeights norm;
  HeadShape heads;
};

inline HeadShape head_shape(const AttentionOptions& options, std::int64_t dim) {
  const std::int64_t heads = resolved(options).heads;
  return {heads, dim / heads};
}

/// `weights`: those of the sublayer.
inline PackedAttention pack_attention(const AttentionOptions& options, const WeightPacker& weights,
                                      std::int64_t dim) {
  const std::string in = "attention.in_projection";
  return {weights.rows(in, 0, dim), weights.rows(in, dim, 2 * dim),
          weights.matrix("attention.out_projection"), weights.norm("norm"),
          head_shape(options, dim)};
}

}  // namespace regard
