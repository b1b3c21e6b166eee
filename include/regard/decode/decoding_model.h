#pragma once

#include <memory>
#include <vector>

#include "regard/decode/fast_transformer.h"
#include "regard/model/seq2seq.h"
#include "regard/model/weights.h"
#include "regard/text/tokenizer.h"

namespace regard {

/// How a model reads a source with a vocabulary of its own.
struct SourceSide {
  Tokenizer tokenizer;
  TokenRoles roles;
};

/// A model, and how its steps are computed.
struct DecodingModel {
  Seq2SeqImpl* module = nullptr;  ///< outlives it; null: only `fast` is left of it
  /// Its weights packed; null: the module's own operations.
  std::shared_ptr<const FastTransformer> fast;
  /// Null: it reads the subwords that the others read.
  std::shared_ptr<const SourceSide> source;

  DecodingModel(Seq2SeqImpl* model) : module(model) {}  // NOLINT: mostly it is all
};

/// The models that translate together; usually one.
using Models = std::vector<DecodingModel>;

/// The same models with the weights packed where they can be. Throws UserError when `type` is not
/// float32 and one of them cannot be packed.
Models pack(const Models& models, WeightType type);

/// What a search asks: one model, or the mean of several.
/// `profile`, which may be null, gets the parts of a fast step. `sources`, if there are any, are
/// what each model reads of a batch, in its own subwords, instead of what start() is given.
std::unique_ptr<StepScorer> make_scorer(const Models& models, Profile* profile = nullptr,
                                        std::vector<Sequences> sources = {});

}  // namespace regard
