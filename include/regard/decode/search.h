#pragma once

#include <cstdint>
#include <vector>

#include "regard/core/stop_flag.h"
#include "regard/decode/length_penalty.h"
#include "regard/decode/step_scorer.h"
#include "regard/model/weights.h"

namespace regard {

/// One translation of one sentence.
struct Hypothesis {
  std::vector<std::int32_t> tokens;  ///< without start and end marks
  double log_probability = 0;        ///< sum over the tokens and the end mark
  double score = 0;  ///< log_probability after the length penalty; hypotheses compare by this
};

struct SearchOptions {
  std::int64_t beam_size = 5;
  std::int64_t num_best = 1;  ///< hypotheses returned per sentence, best first; at most beam_size
  LengthPenalty length_penalty;
  std::int64_t min_length =
      0;  ///< tokens before the end mark; goes before the limit where they disagree
  double max_length_factor = 2.0;  ///< limit: factor * source length (without its end mark) + plus
  std::int64_t max_length_plus = 10;
};

/// The longest translation of a source of `source_length` tokens, its end mark included in that
/// count.
std::int64_t max_target_length(const SearchOptions& options, std::int64_t source_length);

/// Beam search over a batch. result[sentence] holds num_best hypotheses or, where the search space
/// is smaller, fewer, but at least one. A sentence is done when no open hypothesis can still enter
/// its num_best: log-probabilities only fall, so the score at the longest length is a bound. At
/// width 1 it is done with its first end mark, as in greedy search. Done sentences leave the batch
/// at once. An open hypothesis at the length limit is ended by the end mark. Empty when `stop` asks
/// to stop.
std::vector<std::vector<Hypothesis>> beam_search(StepScorer& scorer, const Sequences& source,
                                                 const TokenRoles& roles,
                                                 const SearchOptions& options,
                                                 const StopFlag* stop = nullptr);

/// The most probable token at every step: what beam search does at width 1, without its
/// bookkeeping.
std::vector<Hypothesis> greedy_search(StepScorer& scorer, const Sequences& source,
                                      const TokenRoles& roles, const SearchOptions& options,
                                      const StopFlag* stop = nullptr);

}  // namespace regard
