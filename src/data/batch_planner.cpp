#include "regard/data/batch_planner.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "regard/core/random.h"

namespace regard {
namespace {

/// Positions a row takes at least: its longer side with the end mark.
std::int64_t row_width(const PairLengths& lengths) {
  return std::int64_t{std::max(lengths.source, lengths.target)} + 1;
}

std::uint64_t stream_seed(std::uint64_t seed, std::int64_t epoch, RandomUse use,
                          std::uint64_t part) {
  return derive_seed(
      {seed, static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(use), part});
}

/// The pairs that the fraction of a weight adds in this epoch: a window that goes round and round
/// one fixed random order of the range.
void add_fraction(const WeightedRange& range, double fraction, std::uint64_t seed,
                  std::int64_t epoch, std::vector<std::int64_t>& pairs) {
  const std::int64_t count = range.end - range.begin;
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), range.begin);
  RandomStream random(derive_seed({seed, static_cast<std::uint64_t>(RandomUse::shuffle_corpus),
                                   static_cast<std::uint64_t>(range.begin)}));
  shuffle(order, random);
  const double step = fraction * static_cast<double>(count);
  const std::int64_t from = std::llround(step * static_cast<double>(epoch));
  const std::int64_t to = std::llround(step * static_cast<double>(epoch + 1));
  const auto held = static_cast<std::ptrdiff_t>(pairs.size());
  for (std::int64_t i = from; i < to; ++i) {
    pairs.push_back(order[static_cast<std::size_t>(i % count)]);
  }
  std::sort(pairs.begin() + held, pairs.end());
}

std::vector<std::int64_t> pairs_of_epoch(std::span<const WeightedRange> ranges, std::uint64_t seed,
                                         std::int64_t epoch) {
  std::vector<std::int64_t> pairs;
  for (const WeightedRange& range : ranges) {
    if (range.end <= range.begin) continue;
    const double whole = std::floor(range.weight);
    for (double copy = 0; copy < whole; ++copy) {
      const std::size_t held = pairs.size();
      pairs.resize(held + static_cast<std::size_t>(range.end - range.begin));
      std::iota(pairs.begin() + static_cast<std::ptrdiff_t>(held), pairs.end(), range.begin);
    }
    if (range.weight > whole) add_fraction(range, range.weight - whole, seed, epoch, pairs);
  }
  return pairs;
}

/// A pair with its sort key, so that planning reads each pair's lengths, which lie anywhere, once.
struct Keyed {
  std::uint64_t key = 0;
  std::int64_t pair = 0;

  std::int64_t width() const { return static_cast<std::int64_t>(key >> 32); }
  bool operator<(const Keyed& other) const {
    return key != other.key ? key < other.key : pair < other.pair;
  }
};

/// Sorts by the longer side, which the budget counts, then by how the sides differ; that runs up
/// and down in turns, so that a batch of two widths does not join opposite ends. Against an order
/// by target, then source length this leaves a third less padding.
Keyed keyed(std::int64_t pair, const PairLengths& lengths) {
  constexpr std::int64_t kMiddle = std::int64_t{1} << 31;
  const auto width = static_cast<std::uint64_t>(row_width(lengths));
  const std::int64_t difference = std::int64_t{lengths.source} - lengths.target;
  const std::int64_t turned = width % 2 == 0 ? difference : -difference;
  return {width << 32 | static_cast<std::uint64_t>(kMiddle + turned), pair};
}

struct PlannedBatch {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Cuts a sequence of pairs into batches within the budget.
std::vector<PlannedBatch> cut_batches(const std::vector<Keyed>& sorted, std::int64_t batch_tokens) {
  std::vector<PlannedBatch> batches;
  std::int64_t width = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    width = std::max(width, sorted[i].width());
    const bool fits =
        !batches.empty() &&
        static_cast<std::int64_t>(i + 1 - batches.back().begin) * width <= batch_tokens;
    if (!fits) {
      batches.push_back({i, i});
      width = sorted[i].width();
    }
    batches.back().end = i + 1;
  }
  return batches;
}

void append(const std::vector<Keyed>& sorted, const std::vector<PlannedBatch>& batches,
            BatchPlan& plan) {
  for (const PlannedBatch& batch : batches) {
    for (std::size_t i = batch.begin; i < batch.end; ++i)
      plan.pairs.push_back(sorted[i].pair);
    plan.starts.push_back(static_cast<std::int64_t>(plan.pairs.size()));
  }
}

/// Turns a sequence of pairs into batches, pool by pool.
class EpochPlanner {
 public:
  EpochPlanner(std::span<const PairLengths> lengths, const PlanOptions& options, std::uint64_t seed,
               std::int64_t epoch)
      : lengths_(lengths), options_(options), seed_(seed), epoch_(epoch) {}

  BatchPlan plan(std::span<const std::int64_t> order) {
    plan_.pairs.reserve(order.size());
    for (const std::int64_t pair : order)
      add(pair);
    finish_pool(true);
    return std::move(plan_);
  }

 private:
  void add(std::int64_t pair) {
    pool_.push_back(keyed(pair, lengths_[static_cast<std::size_t>(pair)]));
    pool_tokens_ += pool_.back().width();
    if (options_.pool_batches > 0 &&
        pool_tokens_ / options_.batch_tokens >= options_.pool_batches) {
      finish_pool(false);
    }
  }

  /// Unless it is the last pool, the pairs of its unfilled batch wait for the next one.
  void finish_pool(bool is_last) {
    std::sort(pool_.begin(), pool_.end());
    std::vector<PlannedBatch> batches = cut_batches(pool_, options_.batch_tokens);
    std::size_t end = pool_.size();
    if (!is_last) {
      end = batches.back().begin;
      batches.pop_back();
    }
    if (options_.shuffle) {
      RandomStream random(stream_seed(seed_, epoch_, RandomUse::shuffle_batches, pool_number_++));
      shuffle(batches, random);
    }
    append(pool_, batches, plan_);
    // What is carried over does not count, so a pool always takes in new pairs.
    pool_.erase(pool_.begin(), pool_.begin() + static_cast<std::ptrdiff_t>(end));
    pool_tokens_ = 0;
  }

  std::span<const PairLengths> lengths_;
  const PlanOptions& options_;
  std::uint64_t seed_;
  std::int64_t epoch_;
  BatchPlan plan_;
  std::vector<Keyed> pool_;
  std::int64_t pool_tokens_ = 0;
  std::uint64_t pool_number_ = 0;
};

}  // namespace

std::span<const std::int64_t> BatchPlan::batch(std::int64_t b) const {
  const auto begin = static_cast<std::size_t>(starts.at(static_cast<std::size_t>(b)));
  const auto end = static_cast<std::size_t>(starts.at(static_cast<std::size_t>(b) + 1));
  return std::span(pairs).subspan(begin, end - begin);
}

BatchPlan plan_epoch(std::span<const PairLengths> lengths, std::span<const WeightedRange> ranges,
                     const PlanOptions& options, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::int64_t> order = pairs_of_epoch(ranges, seed, epoch);
  if (options.shuffle) {
    RandomStream random(stream_seed(seed, epoch, RandomUse::shuffle_corpus, 0));
    shuffle(order, random);
  }
  return EpochPlanner(lengths, options, seed, epoch).plan(order);
}

BatchPlan plan_sorted(std::span<const PairLengths> lengths, std::int64_t batch_tokens) {
  std::vector<Keyed> sorted;
  sorted.reserve(lengths.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    sorted.push_back(keyed(static_cast<std::int64_t>(i), lengths[i]));
  }
  std::sort(sorted.begin(), sorted.end(), [](const Keyed& a, const Keyed& b) { return b < a; });
  BatchPlan plan;
  plan.pairs.reserve(sorted.size());
  append(sorted, cut_batches(sorted, batch_tokens), plan);
  return plan;
}

double padding_share(const BatchPlan& plan, std::span<const PairLengths> lengths) {
  std::int64_t held = 0;
  std::int64_t positions = 0;
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    PairLengths longest;
    for (const std::int64_t pair : plan.batch(b)) {
      const PairLengths& row = lengths[static_cast<std::size_t>(pair)];
      held += std::int64_t{row.source} + row.target + 2;
      longest = {std::max(longest.source, row.source), std::max(longest.target, row.target)};
    }
    positions += static_cast<std::int64_t>(plan.batch(b).size()) *
                 (std::int64_t{longest.source} + longest.target + 2);
  }
  return positions == 0 ? 0.0 : 1.0 - static_cast<double>(held) / static_cast<double>(positions);
}

}  // namespace regard
