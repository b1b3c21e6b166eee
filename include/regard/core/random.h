#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace regard {

/// What a random stream is for; a part of its seed, so that streams never share numbers.
enum class RandomUse : std::uint64_t {
  initialise = 1,
  dropout = 2,
  shuffle_corpus = 3,
  shuffle_batches = 4,
  subword_sampling = 5,
  decode_sampling = 6,
  validation = 7,
};

/// One 64-bit seed from several counters (SplitMix64 over all of them). Streams derive from
/// (seed, rank, update, micro-batch, use), so nothing of them needs saving but the counters.
std::uint64_t derive_seed(std::initializer_list<std::uint64_t> parts);

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine and compiler.
class RandomStream {
 public:
  explicit RandomStream(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// Uniform in [0, bound), without modulo bias. `bound` > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1).
  double uniform();

 private:
  std::uint64_t state_;
};

/// Fisher-Yates, the same order everywhere for the same stream.
template <class T>
void shuffle(std::vector<T>& items, RandomStream& stream) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[static_cast<std::size_t>(stream.below(i))]);
  }
}

}  // namespace regard
