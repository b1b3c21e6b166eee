#include "best_path.h"

#include <algorithm>
#include <limits>

#include "regard/tensor/torch.h"

namespace regard {

TagPath best_tags(const torch::Tensor& log_probabilities) {
  TagPath path;
  for (std::int64_t word = 0; word < log_probabilities.size(0); ++word) {
    const auto [best, tag] = log_probabilities[word].max(0);
    path.tags.push_back(tag.item<std::int64_t>());
    path.log_probability += best.item<double>();
  }
  return path;
}

TagPath best_path(const torch::Tensor& log_probabilities, const BioTransitions& transitions) {
  const auto scores = log_probabilities.accessor<double, 2>();
  const std::int64_t words = scores.size(0);
  const auto tags = static_cast<std::int64_t>(transitions.num_tags());
  TagPath path;
  if (words == 0) return path;
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  std::vector<double> best(static_cast<std::size_t>(tags));  // of a path that ends with the tag
  for (std::int64_t tag = 0; tag < tags; ++tag) {
    const auto t = static_cast<std::size_t>(tag);
    best[t] = transitions.may_begin(t) ? scores[0][tag] : kNever;
  }
  std::vector<std::vector<std::int64_t>> before(static_cast<std::size_t>(words));
  for (std::int64_t word = 1; word < words; ++word) {
    std::vector<double> next(static_cast<std::size_t>(tags), kNever);
    std::vector<std::int64_t>& from = before[static_cast<std::size_t>(word)];
    from.assign(static_cast<std::size_t>(tags), 0);
    for (std::size_t tag = 0; tag < next.size(); ++tag) {
      for (std::size_t last = 0; last < next.size(); ++last) {
        if (!transitions.may_follow(last, tag) || best[last] <= next[tag]) continue;
        next[tag] = best[last];
        from[tag] = static_cast<std::int64_t>(last);
      }
      next[tag] += scores[word][static_cast<std::int64_t>(tag)];
    }
    best = std::move(next);
  }
  const auto end = std::max_element(best.begin(), best.end());
  path.log_probability = *end;
  path.tags.assign(static_cast<std::size_t>(words), end - best.begin());
  for (std::size_t word = path.tags.size() - 1; word > 0; --word)
    path.tags[word - 1] = before[word][static_cast<std::size_t>(path.tags[word])];
  return path;
}

}  // namespace regard
