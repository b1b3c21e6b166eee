#pragma once

#include <string>
#include <vector>

#include "regard/run/evaluation.h"

namespace regard {

/// What a model of a task with a head is worth on examples with their right answers.
struct TaskEvaluationOptions {
  std::string model;
  std::string data;    ///< examples in the format of the task
  std::string output;  ///< file for the answers; empty = not kept
  std::string device = "auto";
  std::vector<std::string> metrics;    ///< empty = those of the model's validation
  std::vector<std::string> baselines;  ///< files of other answers
  bool per_sentence = false;
  bool has_confidence = false;
};

}  // namespace regard
