#include "regard/engine/search.h"

#include "row_search.h"
#include "top_candidates.h"

namespace regard {

std::vector<Hypothesis> greedy_search(StepScorer& scorer, const SearchInput& input,
                                      const TokenRoles& roles, const SearchOptions& options,
                                      const StopFlag* stop) {
  const auto most_probable = [](const float* scores, std::int64_t vocabulary, const RowPlace&) {
    return place_of_largest(scores, vocabulary);
  };
  std::vector<Hypothesis> result;
  for (auto& hypotheses : search_rows(scorer, input, roles, options, 1, most_probable, stop))
    result.push_back(std::move(hypotheses.front()));
  return result;
}

}  // namespace regard
