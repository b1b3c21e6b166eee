#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/data/batch.h"
#include "regard/data/corpus.h"
#include "regard/metrics/make_metric.h"
#include "regard/model/text_translator.h"
#include "regard/train/training_options.h"

namespace regard {

/// What a validation measured: "loss" and "perplexity" (of the unsmoothed targets, per subword),
/// and the scores. Of several texts these are the first one's; "NAME.loss" and so on are those of
/// each, "mean.loss" the mean of all (mean.perplexity that of the mean loss).
struct ValidationResult {
  std::map<std::string, double> values;
  /// "bleu: nrefs:1|case:mixed|…" for each metric of each text, once where texts have the same.
  std::vector<std::string> signatures;
  std::vector<std::vector<std::string>> translations;  ///< of each text, all lines in order
};

/// A validation corpus: tokenised for the loss, raw for the scores.
struct ValidationData {
  Corpus corpus;
  std::vector<std::string> source_lines;  ///< with their tag
  std::vector<std::string> reference_lines;
  std::string name = "";       ///< of its scores, where there are several texts
  MetricOptions metrics = {};  ///< what its scores count
};

/// Measures a model on the validation corpora.
class Validator {
 public:
  /// `texts` is not empty; `translator` must outlive the validator.
  Validator(std::vector<ValidationData> texts, const ValidationOptions& options,
            TextTranslator& translator, const BatchIds& ids, std::int64_t batch_tokens);

  /// Nothing when `stop` asks to stop on the way.
  std::optional<ValidationResult> validate(Seq2SeqImpl& model, const StopFlag* stop) const;
  const std::vector<ValidationData>& texts() const { return texts_; }

 private:
  double mean_loss(Seq2SeqImpl& model, const Corpus& corpus) const;
  bool validate_text(Seq2SeqImpl& model, const ValidationData& text, const StopFlag* stop,
                     ValidationResult& result) const;

  std::vector<ValidationData> texts_;
  ValidationOptions options_;
  TextTranslator& translator_;
  BatchIds ids_;
  std::int64_t batch_tokens_;
};

/// What a pass gives for the real tokens of a batch, padding left out.
struct TokenStates {
  torch::Tensor hidden;   ///< [tokens, dim]
  torch::Tensor targets;  ///< [tokens]
  /// [tokens] each, where an attention drew its keys (hard attention by sampling).
  torch::Tensor draw_log_probability;
  torch::Tensor draw_entropy;
  /// Of the one attention that context.only_recorded names.
  AttentionRecord recorded;
};
/// Throws UserError where the model has no attention of the name in context.only_recorded.
TokenStates forward_tokens(Seq2SeqImpl& model, const Batch& batch, const ForwardContext& context);

}  // namespace regard
