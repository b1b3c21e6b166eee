#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "regard/attention/attention_options.h"
#include "regard/decode/module_model.h"
#include "regard/model/seq2seq.h"
#include "regard/train/objective.h"
#include "regard/train/training_options.h"

namespace regard {

/// What a translation model learns: the next target token, by smoothed cross-entropy; where an
/// attention draws its keys, what the draws gained (policy_loss.h); where links are given, to look
/// along them (guided_alignment.h).
class TranslationObjective final : public Objective {
 public:
  /// `model` is on the device of the training.
  TranslationObjective(Seq2Seq model, const TrainingOptions& options);

  NetworkImpl& network() override { return *model_; }
  PassLoss loss(const Batch& batch, const ForwardContext& context) override;
  NamedTensors state() override;
  std::string unit() const override { return "target tokens"; }

 private:
  Seq2Seq model_;
  double label_smoothing_;
  GuidedAlignmentOptions guided_;
  std::string guided_map_;               // the attention that learns given links; empty = none
  std::optional<HardOptions> sampling_;  // where an attention draws its keys
  torch::Tensor baseline_;               // [2] of the rewards of its draws
};

/// Translates a validation text.
class TranslationAnswerer final : public Answerer {
 public:
  /// `translator` must outlive it.
  TranslationAnswerer(const TranslationService& translator, Seq2Seq model,
                      std::vector<std::string> lines)
      : translator_(translator), model_(std::move(model)), lines_(std::move(lines)) {}

  std::optional<std::vector<std::string>> answer(const StopFlag* stop) override {
    return translate_with(translator_, *model_, lines_, stop);
  }

 private:
  const TranslationService& translator_;
  Seq2Seq model_;
  std::vector<std::string> lines_;
};

}  // namespace regard
