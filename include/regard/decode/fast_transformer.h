#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "regard/core/error.h"
#include "regard/decode/step_scorer.h"
#include "regard/model/seq2seq.h"
#include "regard/tensor/batch.h"
#include "regard/tensor/packed_matrix.h"

namespace regard {

/// A Transformer on the CPU, its weights packed for decoding. It says what the model
/// says, up to rounding (tests hold both together), but without a tensor operation for each small
/// thing: products with packed weights, no padding in the encoder, and caches that are never
/// copied, because a hypothesis remembers in which row each of its positions was computed.
///
/// Safe to use from several threads.
class FastTransformer {
 public:
  /// Why a model cannot be packed, with key, value and fix; empty = it can: weights in float32 on
  /// the CPU, a plain encoder, and a decoder of sublayers that have a packed form.
  static std::vector<Problem> obstacles(const Seq2SeqImpl& model);
  static bool supports(const Seq2SeqImpl& model) { return obstacles(model).empty(); }
  /// Copies the weights but shares the tables of embeddings, which must not change while this is
  /// used; the model itself may go. Throws c10::Error for a model that is not supported.
  FastTransformer(const Seq2SeqImpl& model, WeightType type);
  ~FastTransformer();

  /// A scorer of this model, which must outlive it. `profile` may be null.
  std::unique_ptr<StepScorer> scorer(Profile* profile = nullptr) const;

  struct Weights;

 private:
  std::unique_ptr<const Weights> weights_;
};

}  // namespace regard
