#pragma once

#include "regard/engine/attend_row.h"
#include "regard/engine/transformer_plan.h"

#include "packed_sublayer.h"
#include "weight_packer.h"

namespace regard {

constexpr std::int64_t kRowsOfAThread = 64;

/// Queries, and keys next to values, in matrices of their own: the latter go straight to the cache.
struct PackedAttention {
  PackedMatrix query;
  PackedMatrix key_value;
  PackedMatrix out;
  PackedNorm norm;
  HeadShape heads;
};

/// `weights`: those of the sublayer.
inline PackedAttention pack_attention(const SublayerPlan& plan, const WeightPacker& weights,
                                      std::int64_t dim) {
  const std::string in = "attention.in_projection";
  return {weights.rows(in, 0, dim),
          weights.rows(in, dim, 2 * dim),
          weights.matrix("attention.out_projection"),
          weights.norm("norm"),
          {plan.heads, dim / plan.heads}};
}

/// Those of the projections of an attention.
inline void add_attention_shapes(const SublayerPlan& plan, std::int64_t dim, ShapeList& shapes) {
  shapes.linear("attention.in_projection", 3 * dim, dim, plan.has_bias);
  shapes.linear("attention.out_projection", dim, dim, plan.has_bias);
  shapes.norm("norm", dim);
}

}  // namespace regard
