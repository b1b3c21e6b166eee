#include <torch/torch.h>

#include "regard/decode/search.h"

#include "search_common.h"

namespace regard {

using torch::Tensor;

namespace {

struct OpenSentence {
  std::int64_t sentence = 0;
  std::int64_t max_length = 0;
};

/// Appends each row's most probable token to its hypothesis; true where the hypothesis is complete.
std::vector<bool> extend(const std::vector<OpenSentence>& open, const Tensor& log_probabilities,
                         std::int64_t end, std::vector<Hypothesis>& result) {
  const auto [best, argmax] = log_probabilities.max(1);
  const auto scores = best.accessor<float, 1>();
  const auto tokens = argmax.accessor<std::int64_t, 1>();
  const auto all = log_probabilities.accessor<float, 2>();
  std::vector<bool> is_done(open.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    Hypothesis& hypothesis = result[static_cast<std::size_t>(open[i].sentence)];
    const bool is_full = static_cast<std::int64_t>(hypothesis.tokens.size()) >= open[i].max_length;
    is_done[i] = is_full || tokens[row] == end;
    hypothesis.log_probability += is_full ? all[row][end] : scores[row];
    if (!is_done[i]) hypothesis.tokens.push_back(static_cast<std::int32_t>(tokens[row]));
  }
  return is_done;
}

}  // namespace

std::vector<Hypothesis> greedy_search(StepScorer& scorer, const Sequences& source,
                                      const TokenRoles& roles, const SearchOptions& options,
                                      const StopFlag* stop) {
  torch::NoGradGuard no_grad;
  std::vector<OpenSentence> open;
  for (const std::int64_t length : lengths_of(source)) {
    open.push_back({static_cast<std::int64_t>(open.size()), max_target_length(options, length)});
  }
  std::vector<Hypothesis> result(open.size());
  std::vector<std::int64_t> last(open.size(), roles.decoder_start);
  scorer.start(source);
  for (std::int64_t step = 0; !open.empty(); ++step) {
    if (stop != nullptr && stop->is_requested()) return {};
    Tensor log_probabilities = scorer.next(index_tensor(last));
    suppress(log_probabilities, roles, step < options.min_length);
    const std::vector<bool> is_done = extend(open, log_probabilities, roles.target_end, result);
    std::vector<OpenSentence> still_open;
    std::vector<std::int64_t> kept;
    last.clear();
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (is_done[i]) continue;
      still_open.push_back(open[i]);
      kept.push_back(static_cast<std::int64_t>(i));
      last.push_back(result[static_cast<std::size_t>(open[i].sentence)].tokens.back());
    }
    if (kept.size() < open.size() && !kept.empty()) {
      scorer.keep(index_tensor(kept), index_tensor(kept));
    }
    open = std::move(still_open);
  }
  for (Hypothesis& hypothesis : result) {
    const auto length = static_cast<std::int64_t>(hypothesis.tokens.size()) + 1;
    hypothesis.score = options.length_penalty.apply(hypothesis.log_probability, length);
  }
  return result;
}

}  // namespace regard
