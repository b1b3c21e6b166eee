#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "regard/engine/search.h"

namespace regard {

/// Which row of which sentence a choice is made for, at which step.
struct RowPlace {
  std::size_t sentence = 0;  ///< in the batch
  std::int64_t row = 0;      ///< of the sentence
  std::int64_t step = 0;
};

/// Chooses the next token from log-probabilities [vocabulary]; what must not be said is -infinity.
using ChooseToken =
    std::function<std::int64_t(const float* scores, std::int64_t vocabulary, const RowPlace&)>;

/// Token by token, `rows` hypotheses per sentence that know nothing of each other. Sentences whose
/// hypotheses are all complete leave the batch. result[sentence][row]; empty when `stop` asks to
/// stop.
std::vector<std::vector<Hypothesis>> search_rows(StepScorer& scorer, const SearchInput& input,
                                                 const TokenRoles& roles,
                                                 const SearchOptions& options, std::int64_t rows,
                                                 const ChooseToken& choose, const StopFlag* stop);

}  // namespace regard
