#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace regard {

/// Subwords of a pair, without end marks.
struct PairLengths {
  std::int32_t source = 0;
  std::int32_t target = 0;
  bool operator==(const PairLengths&) const = default;
};

/// A run of pairs that are seen `weight` times in an epoch: pairs [begin, end).
struct WeightedRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  double weight = 1.0;
};

struct PlanOptions {
  /// A batch holds at most this: rows times the longest side of the batch, end mark counted.
  /// Subwords. A longer pair is a batch of its own.
  std::int64_t batch_tokens = 4096;
  std::int64_t pool_batches = 100;  ///< see DataOptions::pool_batches; 0 = one pool
  bool shuffle = true;
};

/// The pairs of each batch, in the order of training.
struct BatchPlan {
  std::vector<std::int64_t> pairs;
  std::vector<std::int64_t> starts{0};  ///< batch b is pairs [starts[b], starts[b + 1])

  std::int64_t size() const { return static_cast<std::int64_t>(starts.size()) - 1; }
  std::span<const std::int64_t> batch(std::int64_t b) const;
};

/// The batches of one epoch, a function of the arguments alone: every pair of a range once per unit
/// of its weight. Of a fractional weight the whole part is always there; the rest takes turns, so
/// that over 1 / fraction epochs each pair has been drawn once.
///
/// Pairs are shuffled, taken in pools, sorted by length in each pool, cut by the token budget; then
/// the batches of the pool are shuffled. What does not fill the last batch of a pool moves into the
/// next one.
BatchPlan plan_epoch(std::span<const PairLengths> lengths, std::span<const WeightedRange> ranges,
                     const PlanOptions& options, std::uint64_t seed, std::int64_t epoch);

/// Every pair once, longest first (so that lack of memory shows at once), for validation and
/// translation.
BatchPlan plan_sorted(std::span<const PairLengths> lengths, std::int64_t batch_tokens);

/// Share of the positions of all batches, both sides, that hold padding; 0 for an empty plan.
double padding_share(const BatchPlan& plan, std::span<const PairLengths> lengths);

}  // namespace regard
