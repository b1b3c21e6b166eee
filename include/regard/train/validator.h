#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/data/batch_maker.h"
#include "regard/metrics/make_metric.h"
#include "regard/train/objective.h"
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

/// A validation corpus: in batches for the loss, as lines for the scores.
struct ValidationData {
  std::shared_ptr<const BatchMaker> batches;
  std::unique_ptr<Answerer> answerer;     ///< of its examples
  std::vector<std::string> source_lines;  ///< with their tag
  std::vector<std::string> reference_lines;
  std::string name = "";       ///< of its scores, where there are several texts
  MetricOptions metrics = {};  ///< what its scores count
  /// What logs call a line of the three: before, of the answerer, and right.
  std::array<const char*, 3> line_names = {"source", "translation", "reference"};
};

/// The loss of all examples without smoothing, over what losses are divided by.
double mean_loss(Objective& objective, const BatchMaker& batches, std::int64_t batch_tokens);

/// Measures a network on the validation corpora.
class Validator {
 public:
  /// `texts` is not empty; `objective` must outlive the validator.
  Validator(std::vector<ValidationData> texts, const ValidationOptions& options,
            Objective& objective, std::int64_t batch_tokens);

  /// Nothing when `stop` asks to stop on the way.
  std::optional<ValidationResult> validate(const StopFlag* stop) const;
  const std::vector<ValidationData>& texts() const { return texts_; }

 private:
  bool validate_text(const ValidationData& text, const StopFlag* stop,
                     ValidationResult& result) const;

  std::vector<ValidationData> texts_;
  ValidationOptions options_;
  Objective& objective_;
  std::int64_t batch_tokens_;
};

}  // namespace regard
