#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace regard {

/// A character, or the number of a word.
using Symbol = std::uint32_t;
using Symbols = std::vector<Symbol>;

/// Numbers words, so that n-grams of words compare as fast as those of characters.
class WordNumbers {
 public:
  /// The words' numbers, new ones for words not seen before. The words must outlive this object.
  Symbols number(std::span<const std::u32string_view> words);

 private:
  std::unordered_map<std::u32string_view, Symbol> numbers_;
};

/// Number of n-grams in a sequence.
inline std::int64_t num_ngrams(std::int64_t length, std::int64_t order) {
  return length < order ? 0 : length - order + 1;
}

/// For each order 1 to `max_order`: how many n-grams of `hypothesis` are in the references, each as
/// often as the one reference that has it most often. Exact; time and memory are linear in the
/// lengths.
std::vector<std::int64_t> clipped_matches(std::span<const Symbol> hypothesis,
                                          std::span<const Symbols> references, int max_order);

}  // namespace regard
