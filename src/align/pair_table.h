#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "regard/align/parallel_text.h"

namespace regard {

/// Which side generates the other.
enum class Direction { forward = 0, reverse = 1 };

/// Probabilities t(target | source) and t(source | target) of the pairs of forms that stand
/// together in some sentence pair, and what a pass counts for them. One hash table for each source
/// form, with open addressing, two thirds full: 42 bytes a pair.
///
/// Counts are sums of whole numbers (1 = 2^-32), which come to the same in any order: threads need
/// no order to give the same result.
class PairTable {
 public:
  struct Options {
    int num_threads = 1;
    /// Where all pairs would take more, those that are least associated are left out (by the
    /// coefficient of Dice of the sentences they stand in). 0 = no limit.
    std::uint64_t max_bytes = 0;
  };
  static constexpr std::int64_t kNone = -1;

  PairTable(const ParallelText& text, const Options& options);

  /// Where a pair lies; kNone when it has no place.
  std::int64_t find(std::int32_t source, std::int32_t target) const {
    const std::uint64_t begin = rows_[source];
    const auto capacity = static_cast<std::uint64_t>(rows_[source + 1] - begin);
    std::uint64_t at = first_place(target, capacity);
    for (;;) {
      const std::int32_t key = keys_[begin + at];
      if (key == target) return static_cast<std::int64_t>(begin + at);
      if (key < 0) return kNone;
      if (++at == capacity) at = 0;
    }
  }

  float probability(Direction direction, std::int64_t place) const {
    return place == kNone ? kLeast : probabilities_[static_cast<int>(direction)][place];
  }
  /// Of a form of the generated side, when no word of the other side generates it.
  float null_probability(Direction direction, std::int32_t form) const {
    return null_probabilities_[static_cast<int>(direction)][form];
  }

  /// From several threads at a time. `weight` is from 0 to 1.
  void count(Direction direction, std::int64_t place, float weight) {
    if (place != kNone) add(counts_[static_cast<int>(direction)][place], weight);
  }
  void count_null(Direction direction, std::int32_t form, float weight) {
    add(null_counts_[static_cast<int>(direction)][form], weight);
  }

  /// Probabilities from the counts, which become 0. With `alpha` > 0 the mean-field estimate under
  /// a Dirichlet prior, exp(psi(c + alpha)) / exp(psi(sum + alpha n)) (Johnson 2007; Riley and
  /// Gildea 2012), which keeps rare words from aligning with everything; with 0 the relative
  /// frequencies.
  void estimate(double alpha, int num_threads);

  std::int64_t num_pairs() const { return num_pairs_; }
  std::int64_t num_left_out() const { return num_left_out_; }
  std::uint64_t num_bytes() const;

  /// All that estimate() computes, for a state on disk.
  std::vector<std::span<float>> values();

 private:
  static constexpr float kLeast = 1e-9F;
  static constexpr float kUnit = 4294967296.0F;

  static std::uint64_t first_place(std::int32_t target, std::uint64_t capacity) {
    const std::uint32_t hash = static_cast<std::uint32_t>(target) * 2654435769U;
    return (hash * capacity) >> 32U;
  }
  static void add(std::uint64_t& sum, float weight) {
    std::atomic_ref(sum).fetch_add(static_cast<std::uint64_t>(weight * kUnit),
                                   std::memory_order_relaxed);
  }
  void estimate_forward(double alpha, int num_threads);
  void estimate_reverse(double alpha, int num_threads);
  void estimate_null(Direction direction, double alpha);

  std::vector<std::uint64_t> rows_;  ///< where the table of each source form begins
  std::vector<std::int32_t> keys_;   ///< target forms, -1 = free
  std::vector<float> probabilities_[2];
  std::vector<std::uint64_t> counts_[2];
  std::vector<float> null_probabilities_[2];
  std::vector<std::uint64_t> null_counts_[2];
  std::int64_t num_pairs_ = 0;
  std::int64_t num_left_out_ = 0;
};

}  // namespace regard
