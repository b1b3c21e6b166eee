#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/run/task_evaluation.h"
#include "regard/run/text_translation.h"

namespace regard {

/// Examples that a model answers. Files, or standard input and output for "-" and "".
struct PredictionOptions {
  std::string model;
  std::string data;   ///< examples in the format of the task; empty = lines of `input`
  std::string input;  ///< a line an example
  std::string output;
  std::string device = "auto";
  std::int64_t top = 1;     ///< answers to each example
  bool has_scores = false;  ///< the probability and a tab before each answer
  bool is_strict = false;   ///< refuses invalid UTF-8 instead of replacing it
};

/// Reads, answers and writes a line for each example. Whatever is there is answered at once when
/// another program writes a line and waits for its answer. Throws UserError for contradictions,
/// unreadable files and models of translation. Returns false when `watch.stop` ended it.
bool predict(const PredictionOptions& options, const TranslationWatch& watch);

/// Answers the examples and scores the answers; the most frequent answer of the training files is
/// one of the baselines. Nothing when `stop` ended it.
std::optional<Evaluation> evaluate_task(const TaskEvaluationOptions& options, Logger& logger,
                                        const StopFlag& stop);

}  // namespace regard
