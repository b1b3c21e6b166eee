#include "regard/engine/forced_scores.h"

#include <algorithm>

namespace regard {

std::vector<std::vector<double>> forced_scores(StepScorer& scorer,
                                               const std::vector<TokenPair>& pairs,
                                               const TokenRoles& roles) {
  std::vector<std::vector<double>> scores(pairs.size());
  if (pairs.empty()) return scores;
  std::vector<TokenSpan> sources;
  std::vector<std::size_t> rows;  // the pairs that are not at their end
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    sources.push_back(pairs[i].source);
    rows.push_back(i);
  }
  scorer.start(make_token_batch(sources, roles.source_end, roles.pad));
  for (std::size_t step = 0; !rows.empty(); ++step) {
    std::vector<std::int64_t> read;
    for (const std::size_t pair : rows)
      read.push_back(step == 0 ? roles.decoder_start : pairs[pair].target[step - 1]);
    const ScoreRows log_probabilities = scorer.next(read);
    const float* row = log_probabilities.values;
    std::vector<std::size_t> open;
    std::vector<std::int64_t> kept;
    for (std::size_t i = 0; i < rows.size(); ++i, row += log_probabilities.vocabulary) {
      const TokenSpan target = pairs[rows[i]].target;
      const bool is_end = step == target.size();
      const bool is_certain = step == 0 && !is_end && target[step] == roles.forced_first;
      scores[rows[i]].push_back(is_certain ? 0.0 : row[is_end ? roles.target_end : target[step]]);
      if (is_end) continue;
      open.push_back(rows[i]);
      kept.push_back(static_cast<std::int64_t>(i));
    }
    if (open.size() < rows.size() && !open.empty()) scorer.keep(kept, kept);
    rows = std::move(open);
  }
  return scores;
}

}  // namespace regard
