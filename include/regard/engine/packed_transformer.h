#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "regard/core/profile.h"
#include "regard/engine/alignment.h"
#include "regard/engine/packed_matrix.h"
#include "regard/engine/step_scorer.h"
#include "regard/engine/token_roles.h"
#include "regard/engine/transformer_plan.h"
#include "regard/engine/weight_map.h"

namespace regard {

/// A Transformer on the CPU, its weights packed for decoding. It says what the model says, up to
/// rounding (tests hold both together), but with products of packed weights, no padding in the
/// encoder, and caches that are never copied, because a hypothesis remembers in which row each of
/// its positions was computed.
///
/// Safe to use from several threads.
class PackedTransformer {
 public:
  /// Kinds of sublayers that a decoder may have.
  static std::vector<std::string> kinds();

  /// Copies the weights but shares the tables of embeddings, which must not change while this is
  /// used. Throws std::out_of_range for a kind without a packed form or a missing weight.
  PackedTransformer(const TransformerPlan& plan, const WeightMap& weights, WeightType type);
  ~PackedTransformer();

  /// A scorer of this model, which must outlive it. `profile` may be null.
  std::unique_ptr<StepScorer> scorer(Profile* profile = nullptr) const;

  /// Where the decoder looks while it is made to say each target: for each pair [target tokens,
  /// source tokens], end marks left out. Throws UserError when there is no such layer or head.
  std::vector<AttentionMatrix> cross_attention(const std::vector<TokenPair>& pairs,
                                               const TokenRoles& roles,
                                               const AlignmentOptions& options) const;

  struct Weights;

 private:
  std::unique_ptr<const Weights> weights_;
};

}  // namespace regard
