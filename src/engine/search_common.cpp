#include "search_common.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "regard/core/strings.h"

namespace regard {

std::span<const std::int32_t> prefix_of(const SearchInput& input, std::size_t i) {
  return input.prefixes.empty() ? std::span<const std::int32_t>() : input.prefixes[i];
}

std::int64_t limit_of(const SearchInput& input, const SearchOptions& options, std::size_t i,
                      std::int64_t source_length) {
  return std::max(max_target_length(options, source_length),
                  static_cast<std::int64_t>(prefix_of(input, i).size()));
}

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

/// The only token that may follow; -1 = any.
std::int64_t forced_token(const OpenRow& row, const TokenRoles& roles) {
  const std::size_t step = row.tokens.size();
  if (step < row.prefix.size()) return row.prefix[step];
  return static_cast<std::int64_t>(step) >= row.max_length ? roles.target_end : -1;
}

/// Rules out each token that followed the last n - 1 tokens before.
void forbid_repeats(float* scores, std::span<const std::int32_t> tokens, std::size_t n) {
  if (tokens.size() < n) return;
  const auto last = tokens.last(n - 1);
  for (std::size_t i = 0; i + n <= tokens.size(); ++i) {
    if (std::equal(last.begin(), last.end(), tokens.begin() + static_cast<std::ptrdiff_t>(i)))
      scores[tokens[i + n - 1]] = kNever;
  }
}

void constrain_row(float* scores, std::int64_t vocabulary, const OpenRow& row,
                   const TokenRoles& roles, const SearchOptions& options) {
  const std::int64_t forced = forced_token(row, roles);
  if (forced >= 0) {
    // Transformers takes its first token for certain; a prefix counts with its own probability.
    const bool is_certain = row.tokens.empty() && forced == roles.forced_first;
    const float kept = is_certain ? 0.0F : scores[forced];
    std::fill_n(scores, vocabulary, kNever);
    scores[forced] = kept;
    return;
  }
  const float end = scores[roles.target_end];
  for (const std::int64_t id : roles.suppressed)
    scores[id] = kNever;
  if (static_cast<std::int64_t>(row.tokens.size()) < options.min_length)
    scores[roles.target_end] = kNever;
  if (options.no_repeat_ngram == 0) return;
  forbid_repeats(scores, row.tokens, static_cast<std::size_t>(options.no_repeat_ngram));
  // When everything has been said, a translation ends before its shortest length.
  const bool is_stuck =
      std::all_of(scores, scores + vocabulary, [](float score) { return score == kNever; });
  if (is_stuck) scores[roles.target_end] = end;
}

}  // namespace

void constrain(const ScoreRows& log_probabilities, const std::vector<OpenRow>& rows,
               const TokenRoles& roles, const SearchOptions& options) {
  if (log_probabilities.rows != std::ssize(rows)) {
    throw std::logic_error(
        str("search: ", rows.size(), " rows, scores for ", log_probabilities.rows));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    constrain_row(log_probabilities.row(static_cast<std::int64_t>(i)), log_probabilities.vocabulary,
                  rows[i], roles, options);
  }
}

std::int64_t max_target_length(const SearchOptions& options, std::int64_t source_length) {
  const double limit = options.max_length_factor * static_cast<double>(source_length - 1);
  const std::int64_t length =
      static_cast<std::int64_t>(std::floor(limit)) + options.max_length_plus;
  const std::int64_t longest =
      options.longest > 0 ? options.longest : std::numeric_limits<std::int64_t>::max();
  return std::min(std::max(length, options.min_length), longest);
}

}  // namespace regard
