#pragma once

#include <string>

#include "regard/run/evaluation.h"

namespace regard {

/// sacreBLEU's line for each metric, and below it one for each baseline.
std::string evaluation_text(const Evaluation& evaluation);
/// The same as JSON, at full precision.
std::string evaluation_json(const Evaluation& evaluation);
/// A line for each sentence: its scores, parted by tabs.
std::string sentence_score_text(const Evaluation& evaluation);

}  // namespace regard
