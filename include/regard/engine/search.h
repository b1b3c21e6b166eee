#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/stop_flag.h"
#include "regard/engine/decoding_options.h"
#include "regard/engine/length_penalty.h"
#include "regard/engine/step_scorer.h"
#include "regard/engine/token_roles.h"

namespace regard {

/// One translation of one sentence.
struct Hypothesis {
  std::vector<std::int32_t> tokens;  ///< without start and end marks
  double log_probability = 0;        ///< sum over the tokens and the end mark
  double score = 0;  ///< log_probability after the length penalty; hypotheses compare by this
};

/// Drawing tokens at random instead of searching for the most probable ones.
struct DrawOptions {
  double temperature =
      1.0;                 ///< log-probabilities are divided by it: below 1 sharper, above flatter
  std::int64_t top_k = 0;  ///< only from the k most probable tokens; 0 = from all
  double top_p = 1.0;  ///< only from the fewest most probable tokens that reach this probability
                       ///< together (Holtzman et al. 2020); 1 = from all
  std::uint64_t seed = 1;
};

/// "temperature=0.8,top_k=10,top_p=0.9,seed=1", any of them in any order. Throws UserError.
DrawOptions parse_draw_options(const std::string& text);

/// A batch to search for.
struct SearchInput {
  TokenBatch source;
  /// What each translation begins with; empty = no sentence has a prefix, else one per sentence.
  std::vector<std::vector<std::int32_t>> prefixes;
  /// A number of its own for each sentence, from which drawing derives its random numbers, so that
  /// batches do not matter; empty = its index in the batch.
  std::vector<std::uint64_t> streams;

  SearchInput(TokenBatch sentences) : source(std::move(sentences)) {}  // NOLINT: mostly it is all
};

struct SearchOptions {
  std::int64_t beam_size = 5;
  std::int64_t num_best = 1;  ///< hypotheses returned per sentence, best first; at most beam_size
  LengthPenalty length_penalty;
  StopRule stop = StopRule::exact;
  std::int64_t min_length =
      0;  ///< tokens before the end mark; goes before the limit where they disagree
  double max_length_factor = 2.0;  ///< limit: factor * source length (without its end mark) + plus
  std::int64_t max_length_plus = 10;
  std::int64_t longest = 0;          ///< no translation has more tokens; 0 = no such limit
  std::int64_t no_repeat_ngram = 0;  ///< no n tokens in a row come twice; 0 = they may
  std::optional<DrawOptions> draw;   ///< for draw_samples()
};

/// The longest translation of a source of `source_length` tokens, its end mark included in that
/// count.
std::int64_t max_target_length(const SearchOptions& options, std::int64_t source_length);

/// Beam search over a batch. result[sentence] holds num_best hypotheses or, where the search space
/// is smaller, fewer, but at least one. With StopRule::exact a sentence is done when no open
/// hypothesis can still enter its num_best: log-probabilities only fall, so the score at the
/// longest length is a bound. At width 1 it is done with its first end mark, as in greedy search.
/// Done sentences leave the batch at once. An open hypothesis at the length limit is ended by the
/// end mark. Empty when `stop` asks to stop. Throws std::invalid_argument unless num_best is from 1
/// to the beam size.
std::vector<std::vector<Hypothesis>> beam_search(StepScorer& scorer, const SearchInput& input,
                                                 const TokenRoles& roles,
                                                 const SearchOptions& options,
                                                 const StopFlag* stop = nullptr);

/// The most probable token at every step: what beam search does at width 1, without its
/// bookkeeping.
std::vector<Hypothesis> greedy_search(StepScorer& scorer, const SearchInput& input,
                                      const TokenRoles& roles, const SearchOptions& options,
                                      const StopFlag* stop = nullptr);

/// num_best translations per sentence drawn at random from the model, best score first. The same
/// seed gives the same translations, whatever the batch. Log-probabilities are the model's own,
/// before the temperature.
std::vector<std::vector<Hypothesis>> draw_samples(StepScorer& scorer, const SearchInput& input,
                                                  const TokenRoles& roles,
                                                  const SearchOptions& options,
                                                  const StopFlag* stop = nullptr);

}  // namespace regard
