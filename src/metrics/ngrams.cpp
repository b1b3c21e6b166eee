#include "metrics/ngrams.h"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace regard {
namespace {

/// Numbers of n-grams, from 1 in the order of insertion; 0 = not there. An n-gram of order n is a
/// pair: the number of its first n - 1 symbols and its last symbol. So a pair of 32-bit numbers
/// names an n-gram of any order exactly.
class NgramTable {
 public:
  explicit NgramTable(std::size_t max_entries)
      : slots_(std::bit_ceil(2 * max_entries + 1)), mask_(slots_.size() - 1) {}

  std::uint32_t insert(std::uint32_t prefix, Symbol last) {
    Slot& slot = slots_[locate(prefix, last)];
    if (slot.number == 0) slot = {prefix, last, ++size_};
    return slot.number;
  }

  std::uint32_t find(std::uint32_t prefix, Symbol last) const {
    return prefix == 0 ? 0 : slots_[locate(prefix, last)].number;
  }

  std::uint32_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t prefix = 0;
    Symbol last = 0;
    std::uint32_t number = 0;
  };

  /// The slot of the pair, or the free one where it would go (linear probing; at most half of the
  /// slots are used).
  std::size_t locate(std::uint32_t prefix, Symbol last) const {
    std::uint64_t hash = (std::uint64_t{prefix} << 32 | last) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29;
    std::size_t position = static_cast<std::size_t>(hash) & mask_;
    while (slots_[position].number != 0 &&
           (slots_[position].prefix != prefix || slots_[position].last != last)) {
      position = (position + 1) & mask_;
    }
    return position;
  }

  std::vector<Slot> slots_;
  std::size_t mask_;
  std::uint32_t size_ = 0;
};

using Numbers = std::vector<std::uint32_t>;

/// One more symbol for every n-gram of a sequence: numbers[i] goes from the n-gram of order - 1 at
/// i to that of `order`.
template <class Lookup>
void extend(Numbers& numbers, std::span<const Symbol> sequence, std::size_t order, Lookup lookup) {
  numbers.resize(sequence.size() < order ? 0 : sequence.size() - order + 1);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = lookup(numbers[i], sequence[i + order - 1]);
  }
}

/// How often each of the n-grams 0 (unknown) to `size` occurs.
Numbers count(const Numbers& numbers, std::uint32_t size) {
  Numbers counts(size + 1, 0);
  for (const std::uint32_t number : numbers)
    ++counts[number];
  return counts;
}

}  // namespace

Symbols WordNumbers::number(std::span<const std::u32string_view> words) {
  Symbols symbols;
  symbols.reserve(words.size());
  for (const std::u32string_view word : words) {
    symbols.push_back(numbers_.emplace(word, static_cast<Symbol>(numbers_.size())).first->second);
  }
  return symbols;
}

std::vector<std::int64_t> clipped_matches(std::span<const Symbol> hypothesis,
                                          std::span<const Symbols> references, int max_order) {
  std::vector<std::int64_t> matches(static_cast<std::size_t>(max_order), 0);
  // The empty n-gram, order 0, has number 1 everywhere.
  Numbers ours(hypothesis.size(), 1);
  std::vector<Numbers> theirs;
  for (const Symbols& reference : references)
    theirs.emplace_back(reference.size(), 1);

  for (std::size_t order = 1; order <= matches.size() && order <= hypothesis.size(); ++order) {
    NgramTable table(ours.size());
    extend(ours, hypothesis, order,
           [&](std::uint32_t prefix, Symbol last) { return table.insert(prefix, last); });
    Numbers most(table.size() + 1, 0);
    for (std::size_t r = 0; r < references.size(); ++r) {
      extend(theirs[r], references[r], order,
             [&](std::uint32_t prefix, Symbol last) { return table.find(prefix, last); });
      const Numbers counts = count(theirs[r], table.size());
      for (std::size_t i = 0; i < most.size(); ++i)
        most[i] = std::max(most[i], counts[i]);
    }
    const Numbers counts = count(ours, table.size());
    for (std::size_t i = 1; i < most.size(); ++i) {
      matches[order - 1] += std::min(counts[i], most[i]);
    }
  }
  return matches;
}

}  // namespace regard
