#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "regard/engine/transformer_plan.h"

#include "packed_sublayer.h"
#include "weight_packer.h"

namespace regard {

/// The packed form of a kind of sublayer. Every function is called with plans of the kind.
struct PackedKind {
  std::string name;  ///< of its SublayerKind (layers/sublayer_kind.h), and in profiles
  /// Of its weights; dim: width of its input and output.
  void (*shapes)(const SublayerPlan& plan, std::int64_t dim, ShapeList& shapes);
  /// `weights`: those of the sublayer.
  std::unique_ptr<const PackedSublayer> (*pack)(const SublayerPlan& plan,
                                                const WeightPacker& weights, std::int64_t dim);
  bool looks_at_source = false;  ///< tells an AttentionRecorder where it looks
};

/// In the order of packed_kinds.def.
const std::vector<PackedKind>& packed_kinds();
/// Throws std::out_of_range for a kind without a packed form.
const PackedKind& packed_kind(const std::string& name);

namespace packed_forms {
#define REGARD_PACKED(name) PackedKind name();
#include "packed_kinds.def"
#undef REGARD_PACKED
}  // namespace packed_forms

}  // namespace regard
