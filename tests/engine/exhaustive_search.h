#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "regard/engine/search.h"

#include "engine/prefix_scorer.h"

namespace regard::test {

/// Log-probabilities of every next token after `prefix`, which begins with the start mark.
using NextToken = std::function<std::vector<double>(const Ids& source, const Ids& prefix)>;

/// Log-probability of the tokens and the end mark.
inline double whole_log_probability(const NextToken& next, const Ids& source,
                                    const std::vector<std::int32_t>& tokens,
                                    const TokenRoles& roles = {}) {
  Ids read = {roles.decoder_start};
  double sum = 0;
  for (const std::int32_t token : tokens) {
    sum += next(source, read).at(static_cast<std::size_t>(token));
    read.push_back(token);
  }
  return sum + next(source, read).at(static_cast<std::size_t>(roles.target_end));
}

/// Whether some n tokens in a row come twice, the second time ending after the first `forced`
/// tokens.
inline bool repeats(const std::vector<std::int32_t>& tokens, std::size_t n,
                    std::size_t forced = 0) {
  for (std::size_t second = 1; second + n <= tokens.size(); ++second) {
    if (second + n <= forced) continue;
    for (std::size_t first = 0; first < second; ++first) {
      const auto at = [&](std::size_t i) {
        return tokens.begin() + static_cast<std::ptrdiff_t>(i);
      };
      if (std::equal(at(first), at(first + n), at(second))) return true;
    }
  }
  return false;
}

/// What may be a translation: the rules of SearchOptions as a statement about whole sequences.
struct WholeSequenceRules {
  std::vector<std::int32_t> prefix;
  std::int64_t min_length = 0;
  std::int64_t max_length = 0;
  std::int64_t no_repeat_ngram = 0;
  TokenRoles roles;

  bool allow(const std::vector<std::int32_t>& tokens) const {
    const auto length = static_cast<std::int64_t>(tokens.size());
    if (tokens.size() < prefix.size() || length > longest() || length < shortest()) return false;
    if (!std::equal(prefix.begin(), prefix.end(), tokens.begin())) return false;
    const auto is_suppressed = [&](std::int32_t token) {
      return std::count(roles.suppressed.begin(), roles.suppressed.end(), token) > 0;
    };
    const auto free = tokens.begin() + static_cast<std::ptrdiff_t>(prefix.size());
    if (std::any_of(free, tokens.end(), is_suppressed)) return false;
    return no_repeat_ngram == 0 ||
           !repeats(tokens, static_cast<std::size_t>(no_repeat_ngram), prefix.size());
  }
  std::int64_t longest() const { return std::max(max_length, std::ssize(prefix)); }
  std::int64_t shortest() const { return std::min(min_length, longest()); }
};

/// Every sequence of `vocabulary` that the rules allow, best first.
inline std::vector<Hypothesis> exhaustive_search(const NextToken& next, std::int32_t vocabulary,
                                                 const Ids& source, const WholeSequenceRules& rules,
                                                 const SearchOptions& options) {
  std::vector<Hypothesis> found;
  std::vector<std::int32_t> tokens;
  const std::function<void()> visit = [&] {
    if (rules.allow(tokens)) {
      const double sum = whole_log_probability(next, source, tokens, rules.roles);
      found.push_back(ended(tokens, sum, options));
    }
    if (std::ssize(tokens) == rules.longest()) return;
    for (std::int32_t token = 0; token < vocabulary; ++token) {
      if (token == rules.roles.target_end) continue;
      // Only a prefix may say more than the unsuppressed ones; this keeps the tree small.
      const bool is_forced = tokens.size() < rules.prefix.size();
      if (is_forced ? token != rules.prefix[tokens.size()] : token < 4) continue;
      tokens.push_back(token);
      visit();
      tokens.pop_back();
    }
  };
  visit();
  sort_by_score(found);
  return found;
}

}  // namespace regard::test
