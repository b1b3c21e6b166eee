#pragma once

#include <memory>
#include <vector>

#include "regard/core/error.h"
#include "regard/engine/packed_transformer.h"
#include "regard/engine/translation_model.h"
#include "regard/engine/translation_service.h"
#include "regard/model/seq2seq.h"
#include "regard/tensor/batch.h"

namespace regard {

/// The operations of a model's own modules, step by step.
class ModuleScorer final : public StepScorer {
 public:
  /// `model` must outlive the scorer.
  explicit ModuleScorer(Seq2SeqImpl& model) : model_(model) {}
  void start(const TokenBatch& source) override;
  ScoreRows next(Indices ids) override;
  void reorder(Indices rows) override;
  void keep(Indices sentences, Indices rows) override;

 private:
  Seq2SeqImpl& model_;
  DecoderState state_;
  torch::Tensor scores_;
};

/// A model of modules that translates.
class ModuleModel final : public TranslationModel {
 public:
  /// `model` must outlive it. Steps are those of `packed`, its weights, unless it is null.
  explicit ModuleModel(Seq2SeqImpl& model, std::shared_ptr<const PackedTransformer> packed = {})
      : model_(model), packed_(std::move(packed)) {}
  std::unique_ptr<StepScorer> scorer(Profile* profile) const override;
  std::vector<AttentionMatrix> cross_attention(const std::vector<TokenPair>& pairs,
                                               const TokenRoles& roles,
                                               const AlignmentOptions& options) const override;
  bool is_on_cpu() const override;
  void use_threads(int threads) const override;

 private:
  Seq2SeqImpl& model_;
  std::shared_ptr<const PackedTransformer> packed_;
};

/// Models that compute with their modules.
Models module_models(const std::vector<Seq2SeqImpl*>& models);

/// Why a model cannot be packed: packing_obstacles() of its options, and weights that are not in
/// float32 on the CPU.
std::vector<Problem> packing_obstacles(const Seq2SeqImpl& model);

/// The weights of a model, packed. They are copied but for the tables of embeddings, which are
/// shared and must not change; the model itself may go. Throws c10::Error for a model with
/// obstacles.
std::shared_ptr<const PackedTransformer> pack_model(const Seq2SeqImpl& model, WeightType type);

/// The same where it can be done, else null. Throws UserError when `type` is not float32 and it
/// cannot be.
std::shared_ptr<const PackedTransformer> try_packing(const Seq2SeqImpl& model, WeightType type);

/// Models whose weights are packed where they can be.
Models packed_models(const std::vector<Seq2SeqImpl*>& models, WeightType type);

/// The best translation of each line by one model as it is now. Nothing when `stop` asks to stop.
std::optional<std::vector<std::string>> translate_with(const TranslationService& translator,
                                                       Seq2SeqImpl& model,
                                                       std::span<const std::string> lines,
                                                       const StopFlag* stop);

/// Side by side, padded. And back.
Sequences to_sequences(const TokenBatch& batch);
TokenBatch to_token_batch(const Sequences& sequences);

}  // namespace regard
