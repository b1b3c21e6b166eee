#pragma once

#include <memory>
#include <vector>

#include "regard/decode/fast_transformer.h"
#include "regard/model/seq2seq.h"

namespace regard {

/// A model, and how its steps are computed.
struct DecodingModel {
  Seq2SeqImpl* module = nullptr;  ///< outlives it; null: only `fast` is left of it
  /// Its weights packed; null: the module's own operations.
  std::shared_ptr<const FastTransformer> fast;

  DecodingModel(Seq2SeqImpl* model) : module(model) {}  // NOLINT: mostly it is all
};

/// The models that translate together; usually one.
using Models = std::vector<DecodingModel>;

/// The same models with the weights packed where they can be. Throws UserError when `type` is not
/// float32 and one of them cannot be packed.
Models pack(const Models& models, WeightType type);

/// What a search asks: one model, or the mean of several.
/// `profile`, which may be null, gets the parts of a fast step.
std::unique_ptr<StepScorer> make_scorer(const Models& models, Profile* profile = nullptr);

}  // namespace regard
