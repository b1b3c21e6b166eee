#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "regard/engine/packed_matrix.h"
#include "regard/engine/weight_map.h"

#include "norm_weights.h"

namespace regard {

/// Packs weights by their names, or those below one name. What it gives is a copy, unless said
/// otherwise. A weight that must be there and is not throws std::out_of_range.
class WeightPacker {
 public:
  /// `weights` outlive it.
  WeightPacker(const WeightMap& weights, WeightType type) : weights_(weights), type_(type) {}
  /// Of the weights that begin with this name and a dot, by the rest of their names.
  WeightPacker below(const std::string& name) const;

  /// A linear layer, with its bias if it has one.
  PackedMatrix matrix(const std::string& name) const;
  /// The rows [first, first + count) of a fused projection.
  PackedMatrix rows(const std::string& name, std::int64_t first, std::int64_t count) const;
  PackedMatrix matrix_of(const WeightView& weight, const WeightView& bias) const;
  PackedNorm norm(const std::string& name) const;
  /// The weight itself; without data if there is none.
  WeightView shared(const std::string& name) const;

 private:
  WeightPacker(const WeightMap& weights, std::string prefix, WeightType type)
      : weights_(weights), prefix_(std::move(prefix)), type_(type) {}
  WeightView needed(const std::string& name) const;

  const WeightMap& weights_;
  std::string prefix_;
  WeightType type_;
};

}  // namespace regard
