#pragma once

#include <cstddef>
#include <string>

#include "regard/core/logger.h"
#include "regard/engine/length_penalty.h"

#include "model_backend.h"
#include "score_texts.h"
#include "translation_details.h"

namespace regard {

/// Given translations that a model scores.
struct ScoringOptions : ScoreInputs, DetailOptions {
  std::string model;
  std::string output;                                       ///< empty or "-" = standard output
  LengthPenalty length_penalty{LengthPenalty::Kind::none};  ///< of the scores that are written
  std::string device = "auto";
  bool is_reranked = false;  ///< the best translation of each sentence of an n-best list first
};

struct ScoringSummary {
  double perplexity = 0;  ///< of a subword, end marks included
  std::size_t subwords = 0;
  std::size_t pairs = 0;
};

/// Writes the log-probability of each pair, or an n-best list with it as a further feature. Throws
/// UserError for contradictions and for texts that do not belong together, RunError when the
/// model's values are not finite.
ScoringSummary score_translations(const ScoringOptions& options, const ModelBackend& backend,
                                  Logger& logger);

}  // namespace regard
