#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "regard/core/logger.h"
#include "regard/engine/translation_model.h"

#include "model_files.h"
#include "score_texts.h"
#include "translation_details.h"

namespace regard {

/// Both sides in subwords, cut to what the model can read.
struct EncodedTexts {
  std::vector<std::vector<std::int32_t>> sources;  ///< of each source line
  std::vector<std::vector<std::int32_t>> targets;  ///< of each translation
};

/// Cuts the lines of `texts` into subwords and names those that were cut. Unless `keeps_lines`, the
/// lines are released on the way: corpora are large.
EncodedTexts encode_texts(const ModelFiles& model, const ScoreInputs& inputs, ScoreTexts& texts,
                          bool keeps_lines, Logger& logger);

/// What is known of a translation.
struct PairScore {
  double log_probability = 0;             ///< natural logarithm, end mark included
  std::vector<double> token_scores = {};  ///< of its subwords and the end mark; where asked for
  WordLinks links = {};                   ///< where asked for
};

/// A model as score_pairs() needs it.
struct ScoringModel {
  const ModelFiles& files;
  const Models& models;  ///< for links
  /// The log-probability of each token of given translations, and of the end mark after them.
  std::function<std::vector<std::vector<double>>(const std::vector<TokenPair>&)> token_scores;
};

/// Scores every pair, in batches of about equal length. With links or scores of words, `texts`
/// holds its lines. Throws UserError for an attention that the model lacks.
std::vector<PairScore> score_pairs(const ScoringModel& model, const ScoreTexts& texts,
                                   const EncodedTexts& encoded, const DetailOptions& details);

}  // namespace regard
