#pragma once

#include "residual_rows.h"
#include "weight_packer.h"

namespace regard {

/// A feed-forward network of an encoder or a decoder.
class PackedFeedForward {
 public:
  /// `weights`: those of the sublayer.
  PackedFeedForward(const SublayerPlan& plan, const WeightPacker& weights);
  void add_to(ResidualRows& x) const;

 private:
  void add_to_slice(ResidualRows& x) const;

  PackedMatrix inner_;
  PackedMatrix outer_;
  PackedNorm norm_;
  Activation activation_;
  bool is_gated_;
};

}  // namespace regard
