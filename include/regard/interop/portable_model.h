#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/model/transformer_weights.h"
#include "regard/model/weights.h"
#include "regard/text/tokenizer.h"

namespace regard {

/// When a beam search of another program ends (decode: StopRule has the same three).
enum class SearchEnd { exact, finished, attainable };

/// How another program searches for translations with a model, as far as it is known.
struct SearchDefaults {
  std::int64_t beam_size = 5;
  double length_penalty = 1.0;  ///< exponent of the length that log-probabilities are divided by
  SearchEnd end = SearchEnd::exact;
  std::int64_t max_length = 0;  ///< subwords without the end mark; 0 = not given
  std::int64_t min_length = 0;
  std::int64_t no_repeat_ngram = 0;
};

/// All that makes a model, in the form in which it is moved between programs.
struct PortableModel {
  TransformerWeights weights;
  Tokenizer source;
  Tokenizer target;
  bool shares_vocabulary = false;  ///< ids mean the same on both sides
  TokenRoles roles;
  SearchDefaults search;
  std::string source_language;  ///< "en"; empty = not known
  std::string target_language;
  std::vector<std::string> notes;  ///< what was left behind, a sentence each
};

}  // namespace regard
