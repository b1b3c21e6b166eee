#include <torch/torch.h>

#include "regard/decode/search.h"

#include "row_search.h"

namespace regard {

std::vector<Hypothesis> greedy_search(StepScorer& scorer, const SearchInput& input,
                                      const TokenRoles& roles, const SearchOptions& options,
                                      const StopFlag* stop) {
  const auto most_probable = [](const float* scores, std::int64_t vocabulary, const RowPlace&) {
    return std::max_element(scores, scores + vocabulary) - scores;
  };
  std::vector<Hypothesis> result;
  for (auto& hypotheses : search_rows(scorer, input, roles, options, 1, most_probable, stop))
    result.push_back(std::move(hypotheses.front()));
  return result;
}

}  // namespace regard
