#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/core/logger.h"

#include "nbest_list.h"

namespace regard {

/// Given translations and what they translate.
struct ScoreTexts {
  std::vector<std::string> sources;    ///< lines of the source text
  std::vector<std::string> targets;    ///< the translations
  std::vector<std::size_t> source_of;  ///< of each translation, the line of its source
  std::vector<NBestEntry> entries;     ///< of an n-best list, else empty

  std::size_t size() const { return targets.size(); }
  const std::string& source(std::size_t i) const { return sources[source_of[i]]; }
};

/// Where they come from; one of `target` and `n_best` is given, and "-" is standard input.
struct ScoreInputs {
  std::string source;
  std::string target;
  std::string n_best;

  const std::string& translations() const { return n_best.empty() ? target : n_best; }
};

/// Reads both sides, names lines that were cut. Throws UserError when they do not belong together,
/// when an n-best list has a sentence that the source lacks or that is out of order, and when what
/// was given as plain translations is an n-best list.
ScoreTexts read_score_texts(const ScoreInputs& inputs, Logger& logger);

}  // namespace regard
