#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace regard {

/// Subwords of a sentence.
using TokenSpan = std::span<const std::int32_t>;

/// Sentences, one after the other.
struct TokenBatch {
  std::vector<std::int32_t> ids;          ///< [tokens] of all sentences
  std::vector<std::int64_t> first = {0};  ///< [sentences + 1] where each begins, and the end
  std::int64_t pad = 0;  ///< for those who put them side by side; never read as a token

  std::int64_t size() const { return std::ssize(first) - 1; }
  TokenSpan sentence(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return TokenSpan(ids).subspan(static_cast<std::size_t>(first[at]),
                                  static_cast<std::size_t>(length(i)));
  }
  std::int64_t length(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return first[at + 1] - first[at];
  }
  void add(TokenSpan sentence);
};

/// The sentences, each before `suffix` (-1 = none).
TokenBatch make_token_batch(const std::vector<TokenSpan>& sentences, std::int64_t suffix,
                            std::int64_t pad);

/// A sentence and its translation, without start and end marks.
struct TokenPair {
  TokenSpan source;
  TokenSpan target;
};

}  // namespace regard
