#pragma once

#include <memory>
#include <vector>

#include "regard/core/profile.h"
#include "regard/engine/alignment.h"
#include "regard/engine/packed_transformer.h"
#include "regard/engine/step_scorer.h"
#include "regard/engine/token_roles.h"
#include "regard/text/tokenizer.h"

namespace regard {

/// A model as a translator sees it, however it computes. Safe to use from several threads.
class TranslationModel {
 public:
  virtual ~TranslationModel() = default;
  /// For one batch; this outlives it. `profile`, which may be null, gets the parts of a step.
  virtual std::unique_ptr<StepScorer> scorer(Profile* profile) const = 0;
  /// Where it looks while it is made to say each target: for each pair [target tokens, source
  /// tokens], end marks left out. Throws UserError when it has no such layer or head.
  virtual std::vector<AttentionMatrix> cross_attention(const std::vector<TokenPair>& pairs,
                                                       const TokenRoles& roles,
                                                       const AlignmentOptions& options) const = 0;
  /// Whether batches that are computed at a time on several CPUs are done sooner.
  virtual bool is_on_cpu() const { return true; }
  /// Tells libraries of its own how many threads a loop on this thread may have.
  virtual void use_threads(int /*threads*/) const {}
};

/// A model of packed weights.
class PackedModel : public TranslationModel {
 public:
  explicit PackedModel(std::shared_ptr<const PackedTransformer> transformer)
      : transformer_(std::move(transformer)) {}
  std::unique_ptr<StepScorer> scorer(Profile* profile) const override {
    return transformer_->scorer(profile);
  }
  std::vector<AttentionMatrix> cross_attention(const std::vector<TokenPair>& pairs,
                                               const TokenRoles& roles,
                                               const AlignmentOptions& options) const override {
    return transformer_->cross_attention(pairs, roles, options);
  }

 private:
  std::shared_ptr<const PackedTransformer> transformer_;
};

/// How a model reads a source with a vocabulary of its own.
struct SourceSide {
  Tokenizer tokenizer;
  TokenRoles roles;
};

/// One of the models that translate together.
struct TranslationMember {
  std::shared_ptr<const TranslationModel> model;
  /// Null: it reads the subwords that the others read.
  std::shared_ptr<const SourceSide> source = {};

  TranslationMember(std::shared_ptr<const TranslationModel> only)  // NOLINT: mostly it is all
      : model(std::move(only)) {}
};

/// The models that translate together; usually one.
using Models = std::vector<TranslationMember>;

/// What a search asks: one model, or the mean of several. The models outlive it. `profile`, which
/// may be null, gets the parts of a step. `sources`, if there are any, are what each model reads of
/// a batch, in its own subwords, instead of what start() is given.
std::unique_ptr<StepScorer> make_scorer(const Models& models, Profile* profile = nullptr,
                                        std::vector<TokenBatch> sources = {});

/// TranslationModel::cross_attention(); several models give their mean.
std::vector<AttentionMatrix> cross_attention(const Models& models,
                                             const std::vector<TokenPair>& pairs,
                                             const TokenRoles& roles,
                                             const AlignmentOptions& options);

}  // namespace regard
