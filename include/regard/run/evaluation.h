#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/metrics/make_metric.h"

#include "loaded_translator.h"

namespace regard {

/// A text with the name it has in messages.
struct NamedText {
  std::string name;
  std::vector<std::string> lines;
};

/// What is scored against what. Texts are files, or "-" for standard input.
struct EvaluationOptions {
  std::string hypothesis;               ///< the translation; empty where a model translates
  std::string model;                    ///< a model, or an ensemble "A,B"; may be empty
  std::string source;                   ///< what the model translates
  std::string output;                   ///< file for its translation; empty = not kept
  std::string device = "auto";          ///< of the model
  SearchSetup search;                   ///< of the model
  std::vector<std::string> references;  ///< at least one
  std::vector<std::string> baselines;
  std::vector<std::string> metrics = {"bleu"};  ///< of metric_names()
  MetricOptions metric_options;
  /// BLEU's (choose_tokenizer); nothing = that of the model's own validation, else 13a.
  std::optional<std::string> tokenize;
  bool per_sentence = false;    ///< scores of lines in the place of those of the text
  bool has_confidence = false;  ///< with the interval of score_with_confidence()
};

/// How another translation compares with the evaluated one.
struct BaselineComparison {
  std::string name;  ///< of its text
  double score = 0;
  double difference = 0;  ///< what the evaluated one has more; 0 where they are equal
  double p_value = 1;
  bool is_different = false;
};

struct MetricEvaluation {
  MetricScore score;
  std::vector<BaselineComparison> baselines;
};

/// In the order of the metrics.
struct Evaluation {
  std::vector<MetricEvaluation> scores;              ///< of the text
  std::vector<std::vector<double>> sentence_scores;  ///< [metric][line], with `per_sentence`
};

/// Texts that belong together line by line.
struct EvaluatedTexts {
  std::vector<std::string> hypotheses;
  std::vector<std::vector<std::string>> references;
  std::vector<NamedText> baselines;
};

/// Metrics by their names; those of answers count the labels that occur in the texts.
std::vector<std::unique_ptr<Metric>> metrics_of(const std::vector<std::string>& names,
                                                MetricOptions options, const EvaluatedTexts& texts);

/// Scores texts that are read already.
Evaluation evaluate_texts(const std::vector<std::unique_ptr<Metric>>& metrics,
                          const EvaluatedTexts& texts, const EvaluationOptions& options);

/// Reads the texts, translates where a model is given, and scores. Throws UserError where texts
/// have different lengths. Nothing when `stop` ended the translating.
std::optional<Evaluation> evaluate(const EvaluationOptions& options, const ModelBackend& backend,
                                   Logger& logger, const StopFlag& stop);

}  // namespace regard
