#pragma once

#include <cstdint>
#include <string>

#include "regard/config/describe.h"
#include "regard/engine/length_penalty.h"

namespace regard {

/// When beam search has seen enough of a sentence.
enum class StopRule {
  exact,       ///< when no open hypothesis can still win: a bound, never too early
  finished,    ///< when beam_size hypotheses have ended, as CTranslate2 does
  attainable,  ///< when beam_size have ended and the best open one, scored at its present length,
               ///< is no better than the worst of them: Hugging Face's early_stopping: false
};
REGARD_ENUM(StopRule, exact, finished, attainable);

/// Limit of a translation: factor * source length + plus, in subwords.
struct MaxLengthOptions {
  using Self = MaxLengthOptions;
  double factor = 2.0;
  std::int64_t plus = 10;

  static void describe(auto&& field) {
    REGARD_FIELD(factor, "Multiplied by the number of source subwords.",
                 config::between(0.0, 100.0));
    REGARD_FIELD(plus, "Added to that.", config::between(1, 100000), config::unit("subwords"));
  }
};
REGARD_DESCRIBED(MaxLengthOptions);

struct DecodingOptions {
  using Self = DecodingOptions;
  std::int64_t beam_size = 5;
  std::string length_penalty = "average:1.0";
  StopRule stop = StopRule::exact;
  MaxLengthOptions max_length;
  std::int64_t min_length = 0;
  std::int64_t no_repeat_ngram = 0;
  std::int64_t batch_tokens = 4096;

  static void describe(auto&& field) {
    REGARD_FIELD(beam_size, "Beam size: hypotheses kept per sentence; 1 = greedy search.",
                 config::between(1, 256));
    REGARD_FIELD(
        length_penalty,
        "Length normalization of scores: none (sum), average:A (sum / length^A) or "
        "gnmt:A (sum / ((5 + length) / 6)^A).",
        config::valid_if(is_length_penalty, "none, average:A or gnmt:A with A from 0 to 10"));
    REGARD_FIELD(
        stop,
        "When a beam search stops: exact = when no open hypothesis can still win; finished = when "
        "beam_size hypotheses are finished (CTranslate2); attainable = when, in addition, the best "
        "open one scores no better at its current length (Hugging Face).");
    REGARD_FIELD(max_length, "Maximum length of a translation.");
    REGARD_FIELD(min_length, "Minimum length of a translation; 0 = no limit.",
                 config::between(0, 100000), config::unit("subwords"));
    REGARD_FIELD(no_repeat_ngram, "Forbid repeating any n-gram of this many subwords; 0 = off.",
                 config::between(0, 1000));
    REGARD_FIELD(batch_tokens,
                 "Source subwords translated at a time, padding included, by all workers together; "
                 "more is faster but takes more memory.",
                 config::at_least(1), config::unit("subwords"));
  }
  static void check(const Self& options, config::Checks& checks);
};
REGARD_DESCRIBED(DecodingOptions);

}  // namespace regard
