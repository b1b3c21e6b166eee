#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "regard/model/seq2seq.h"

namespace regard {

/// What a search needs from a model: how probable is each next token of each open hypothesis. Rows
/// are hypotheses, grouped by sentence.
class StepScorer {
 public:
  virtual ~StepScorer() = default;
  /// Takes in a batch of sources; afterwards there is one row per sentence.
  virtual void start(const Sequences& source) = 0;
  /// Reads the last token of each row, ids [rows] (CPU) -> log-probabilities [rows, vocabulary],
  /// float32 on the CPU.
  virtual torch::Tensor next(const torch::Tensor& ids) = 0;
  /// Row i becomes what row `rows[i]` was; sentences stay. `rows` on the CPU.
  virtual void reorder(const torch::Tensor& rows) = 0;
  /// Keeps only these sentences, and of the rows these.
  virtual void keep(const torch::Tensor& sentences, const torch::Tensor& rows) = 0;
};

/// One model.
class ModelScorer final : public StepScorer {
 public:
  /// `model` must outlive the scorer.
  ModelScorer(Seq2SeqImpl& model, const torch::Device& device) : model_(model), device_(device) {}
  void start(const Sequences& source) override;
  torch::Tensor next(const torch::Tensor& ids) override;
  void reorder(const torch::Tensor& rows) override;
  void keep(const torch::Tensor& sentences, const torch::Tensor& rows) override;

 private:
  Seq2SeqImpl& model_;
  torch::Device device_;
  DecoderState state_;
};

/// Times another scorer.
class TimedScorer final : public StepScorer {
 public:
  /// Both must outlive it; `profile` may be null.
  TimedScorer(StepScorer& inner, Profile* profile) : inner_(inner), profile_(profile) {}
  void start(const Sequences& source) override;
  torch::Tensor next(const torch::Tensor& ids) override;
  void reorder(const torch::Tensor& rows) override;
  void keep(const torch::Tensor& sentences, const torch::Tensor& rows) override;

 private:
  StepScorer& inner_;
  Profile* profile_;
};

/// Several models that vote: the mean of their probabilities.
class EnsembleScorer final : public StepScorer {
 public:
  /// `sources`: what each member reads instead of what start() is given; empty = that.
  explicit EnsembleScorer(std::vector<std::unique_ptr<StepScorer>> members,
                          std::vector<Sequences> sources = {})
      : members_(std::move(members)), sources_(std::move(sources)) {}
  void start(const Sequences& source) override;
  torch::Tensor next(const torch::Tensor& ids) override;
  void reorder(const torch::Tensor& rows) override;
  void keep(const torch::Tensor& sentences, const torch::Tensor& rows) override;

 private:
  std::vector<std::unique_ptr<StepScorer>> members_;
  std::vector<Sequences> sources_;
};

}  // namespace regard
