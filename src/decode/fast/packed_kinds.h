#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "regard/model/obstacles.h"

#include "packed_sublayer.h"
#include "weight_packer.h"

namespace regard {

/// The packed form of a kind of sublayer. Every function is called with options of the kind.
struct PackedKind {
  std::string name;  ///< of its SublayerKind, and in profiles
  /// What of the options the packed form does not do; `key` leads to them.
  void (*check)(const SublayerOptions& options, const std::string& key, Obstacles& obstacles);
  /// `weights`: those of the sublayer; dim: width of its input and output.
  std::unique_ptr<const PackedSublayer> (*pack)(const SublayerOptions& options,
                                                const WeightPacker& weights, std::int64_t dim);
};

/// In the order of packed_kinds.def.
const std::vector<PackedKind>& packed_kinds();
/// Null where the sublayer has no packed form.
const PackedKind* packed_kind_of(const SublayerOptions& options);

/// Everything in a decoder that has no packed form.
void require_packed_decoder(const ModelOptions& options, Obstacles& obstacles);

namespace packed_forms {
#define REGARD_PACKED(name) PackedKind name();
#include "packed_kinds.def"
#undef REGARD_PACKED
}  // namespace packed_forms

}  // namespace regard
