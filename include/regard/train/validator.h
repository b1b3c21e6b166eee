#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/data/batch.h"
#include "regard/data/corpus.h"
#include "regard/model/text_translator.h"
#include "regard/train/training_options.h"

namespace regard {

/// What a validation measured: "loss" and "perplexity" (of the unsmoothed targets, per subword),
/// and the scores.
struct ValidationResult {
  std::map<std::string, double> values;
  std::vector<std::string>
      signatures;  ///< sacreBLEU signatures of the scores, in the order of the metrics
  std::vector<std::string> translations;  ///< of the whole validation source, in order
};

/// The validation corpus: tokenised for the loss, raw for the scores.
struct ValidationData {
  Corpus corpus;
  std::vector<std::string> source_lines;
  std::vector<std::string> reference_lines;
};

/// Measures a model on the validation corpus.
class Validator {
 public:
  /// `translator` must outlive the validator.
  Validator(ValidationData data, const ValidationOptions& options, TextTranslator& translator,
            const BatchIds& ids, std::int64_t batch_tokens);

  /// Nothing when `stop` asks to stop on the way.
  std::optional<ValidationResult> validate(Seq2SeqImpl& model, const StopFlag* stop) const;
  const ValidationData& data() const { return data_; }

 private:
  double mean_loss(Seq2SeqImpl& model) const;

  ValidationData data_;
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
};
TokenStates forward_tokens(Seq2SeqImpl& model, const Batch& batch, const ForwardContext& context);

}  // namespace regard
