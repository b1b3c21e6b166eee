#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "regard/core/profile.h"
#include "regard/engine/token_batch.h"

namespace regard {

/// Log-probabilities [rows, vocabulary]. They belong to the scorer that gave them, until it is
/// asked again; a search may write into them.
struct ScoreRows {
  float* values = nullptr;
  std::int64_t rows = 0;
  std::int64_t vocabulary = 0;

  float* row(std::int64_t i) const { return values + i * vocabulary; }
};

/// Numbers of rows or sentences, or ids.
using Indices = std::span<const std::int64_t>;

/// What a search needs from a model: how probable is each next token of each open hypothesis. Rows
/// are hypotheses, grouped by sentence.
class StepScorer {
 public:
  virtual ~StepScorer() = default;
  /// Takes in a batch of sources; afterwards there is one row per sentence.
  virtual void start(const TokenBatch& source) = 0;
  /// Reads the last token of each row.
  virtual ScoreRows next(Indices ids) = 0;
  /// Row i becomes what row `rows[i]` was; sentences stay.
  virtual void reorder(Indices rows) = 0;
  /// Keeps only these sentences, and of the rows these.
  virtual void keep(Indices sentences, Indices rows) = 0;
};

/// Times another scorer.
class TimedScorer final : public StepScorer {
 public:
  /// Both must outlive it; `profile` may be null.
  TimedScorer(StepScorer& inner, Profile* profile) : inner_(inner), profile_(profile) {}
  void start(const TokenBatch& source) override;
  ScoreRows next(Indices ids) override;
  void reorder(Indices rows) override;
  void keep(Indices sentences, Indices rows) override;

 private:
  StepScorer& inner_;
  Profile* profile_;
};

/// Several models that vote: the mean of their probabilities.
class EnsembleScorer final : public StepScorer {
 public:
  /// `sources`: what each member reads instead of what start() is given; empty = that.
  explicit EnsembleScorer(std::vector<std::unique_ptr<StepScorer>> members,
                          std::vector<TokenBatch> sources = {})
      : members_(std::move(members)), sources_(std::move(sources)) {}
  void start(const TokenBatch& source) override;
  ScoreRows next(Indices ids) override;
  void reorder(Indices rows) override;
  void keep(Indices sentences, Indices rows) override;

 private:
  std::vector<std::unique_ptr<StepScorer>> members_;
  std::vector<TokenBatch> sources_;
  std::vector<float> mean_;  // [rows, vocabulary]
};

}  // namespace regard
