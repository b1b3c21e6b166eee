#include "regard/data/batch_planner.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "regard/core/random.h"

namespace regard {
namespace {

/// Lengths like those of subword-split sentences: log-normal around 20, target near the source.
std::vector<PairLengths> realistic_lengths(std::size_t count) {
  RandomStream random(1);
  const auto normal = [&] {
    double sum = 0;
    for (int i = 0; i < 12; ++i)
      sum += random.uniform();
    return sum - 6.0;
  };
  std::vector<PairLengths> lengths(count);
  for (PairLengths& pair : lengths) {
    const double source = std::exp(3.0 + 0.55 * normal());
    const double target = source * std::exp(0.05 + 0.18 * normal());
    pair = {static_cast<std::int32_t>(std::clamp(source, 1.0, 250.0)),
            static_cast<std::int32_t>(std::clamp(target, 1.0, 250.0))};
  }
  return lengths;
}

std::vector<WeightedRange> one_range(const std::vector<PairLengths>& lengths, double weight = 1.0) {
  return {{0, static_cast<std::int64_t>(lengths.size()), weight}};
}

std::map<std::int64_t, int> times_seen(const BatchPlan& plan) {
  std::map<std::int64_t, int> times;
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    for (const std::int64_t pair : plan.batch(b))
      ++times[pair];
  }
  return times;
}

std::int64_t tokens_of(std::span<const std::int64_t> batch,
                       const std::vector<PairLengths>& lengths) {
  std::int64_t width = 0;
  for (const std::int64_t pair : batch) {
    const PairLengths& row = lengths[static_cast<std::size_t>(pair)];
    width = std::max<std::int64_t>(width, std::max(row.source, row.target) + 1);
  }
  return width * static_cast<std::int64_t>(batch.size());
}

TEST(BatchPlanner, TheSameArgumentsGiveTheSamePlan) {
  const auto lengths = realistic_lengths(20'000);
  const BatchPlan first = plan_epoch(lengths, one_range(lengths), {}, 5, 3);
  const BatchPlan second = plan_epoch(lengths, one_range(lengths), {}, 5, 3);
  ASSERT_GT(first.size(), 50);
  EXPECT_EQ(first.pairs, second.pairs);
  EXPECT_EQ(first.starts, second.starts);
}

TEST(BatchPlanner, AnotherEpochOrSeedGivesAnotherPlan) {
  const auto lengths = realistic_lengths(20'000);
  const BatchPlan plan = plan_epoch(lengths, one_range(lengths), {}, 5, 3);
  EXPECT_NE(plan.pairs, plan_epoch(lengths, one_range(lengths), {}, 5, 4).pairs);
  EXPECT_NE(plan.pairs, plan_epoch(lengths, one_range(lengths), {}, 6, 3).pairs);
}

TEST(BatchPlanner, EveryPairComesOnce) {
  const auto lengths = realistic_lengths(20'000);
  for (const std::int64_t pool_batches : {0, 1, 2, 10, 100}) {
    for (const bool shuffles : {true, false}) {
      const PlanOptions options{4096, pool_batches, shuffles};
      const auto times = times_seen(plan_epoch(lengths, one_range(lengths), options, 1, 0));
      ASSERT_EQ(times.size(), lengths.size());
      for (const auto& [pair, count] : times)
        ASSERT_EQ(count, 1) << pair;
    }
  }
}

TEST(BatchPlanner, BatchesKeepTheBudgetAndFillIt) {
  const auto lengths = realistic_lengths(20'000);
  const BatchPlan plan = plan_epoch(lengths, one_range(lengths), {}, 1, 0);
  std::int64_t total = 0;
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    const std::int64_t tokens = tokens_of(plan.batch(b), lengths);
    ASSERT_GT(plan.batch(b).size(), 0u);
    ASSERT_LE(tokens, 4096);
    total += tokens;
  }
  EXPECT_GT(static_cast<double>(total) / static_cast<double>(plan.size()), 0.9 * 4096);
}

TEST(BatchPlanner, OnlyTheLastPoolHasAnUnfilledBatch) {
  const std::vector<PairLengths> lengths(10'007, PairLengths{9, 9});
  const BatchPlan plan = plan_epoch(lengths, one_range(lengths), {1000, 7, true}, 1, 0);
  std::int64_t unfilled = 0;
  for (std::int64_t b = 0; b < plan.size(); ++b)
    unfilled += plan.batch(b).size() != 100;
  EXPECT_EQ(plan.size(), 101);
  EXPECT_EQ(unfilled, 1);
}

TEST(BatchPlanner, APairOverTheBudgetIsABatchOfItsOwn) {
  std::vector<PairLengths> lengths(100, PairLengths{5, 5});
  lengths[50] = {700, 3};
  lengths[51] = {3, 900};
  const BatchPlan plan = plan_epoch(lengths, one_range(lengths), {64, 3, true}, 1, 0);
  EXPECT_EQ(times_seen(plan).size(), lengths.size());
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    const auto batch = plan.batch(b);
    const bool has_long = std::any_of(batch.begin(), batch.end(),
                                      [](std::int64_t pair) { return pair == 50 || pair == 51; });
    if (has_long) {
      EXPECT_EQ(batch.size(), 1u);
    } else {
      EXPECT_LE(tokens_of(batch, lengths), 64);
    }
  }
}

TEST(BatchPlanner, PaddingIsSmall) {
  const auto lengths = realistic_lengths(30'000);
  const BatchPlan plan = plan_epoch(lengths, one_range(lengths), {}, 1, 0);
  const double padding = padding_share(plan, lengths);
  RecordProperty("padding_percent", std::to_string(100 * padding));
  EXPECT_GT(padding, 0.0);
  EXPECT_LT(padding, 0.08);
  const BatchPlan random = plan_epoch(lengths, one_range(lengths), {4096, 1, true}, 1, 0);
  EXPECT_LT(padding, padding_share(random, lengths));
}

TEST(BatchPlanner, WholeWeightsRepeatACorpus) {
  const auto lengths = realistic_lengths(3000);
  const std::vector<WeightedRange> ranges = {{0, 1000, 1.0}, {1000, 1500, 3.0}, {1500, 3000, 0.0}};
  const auto times = times_seen(plan_epoch(lengths, ranges, {}, 1, 0));
  ASSERT_EQ(times.size(), 1500u);
  for (const auto& [pair, count] : times)
    ASSERT_EQ(count, pair < 1000 ? 1 : 3);
}

TEST(BatchPlanner, FractionsTakeTurns) {
  const auto lengths = realistic_lengths(1003);
  std::map<std::int64_t, int> total;
  for (std::int64_t epoch = 0; epoch < 10; ++epoch) {
    const auto times = times_seen(plan_epoch(lengths, one_range(lengths, 2.3), {}, 1, epoch));
    ASSERT_EQ(times.size(), lengths.size());
    std::int64_t extra = 0;
    for (const auto& [pair, count] : times) {
      ASSERT_TRUE(count == 2 || count == 3);
      extra += count - 2;
      total[pair] += count;
    }
    EXPECT_NEAR(static_cast<double>(extra), 0.3 * 1003, 1.0);
  }
  for (const auto& [pair, count] : total)
    ASSERT_EQ(count, 23) << pair;
}

TEST(BatchPlanner, AHalfIsAnotherHalfInTheNextEpoch) {
  const auto lengths = realistic_lengths(1000);
  const auto first = times_seen(plan_epoch(lengths, one_range(lengths, 0.5), {}, 1, 0));
  const auto second = times_seen(plan_epoch(lengths, one_range(lengths, 0.5), {}, 1, 1));
  EXPECT_EQ(first.size(), 500u);
  EXPECT_EQ(second.size(), 500u);
  for (const auto& [pair, count] : first)
    ASSERT_EQ(second.count(pair), 0u);
}

TEST(BatchPlanner, WithoutShufflingPoolsKeepTheOrderOfTheFiles) {
  const std::vector<PairLengths> lengths(1000, PairLengths{9, 9});
  const BatchPlan plan = plan_epoch(lengths, one_range(lengths), {100, 5, false}, 1, 0);
  std::vector<std::int64_t> expected(lengths.size());
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(plan.pairs, expected);
}

TEST(BatchPlanner, ShufflingMixesLengthsOverTime) {
  const auto lengths = realistic_lengths(30'000);
  const BatchPlan plan = plan_epoch(lengths, one_range(lengths), {}, 1, 0);
  int rises = 0;
  for (std::int64_t b = 1; b < plan.size(); ++b) {
    const auto length = [&](std::int64_t batch) {
      return lengths[static_cast<std::size_t>(plan.batch(batch)[0])].target;
    };
    rises += length(b) > length(b - 1);
  }
  EXPECT_GT(rises, plan.size() / 3);
  EXPECT_LT(rises, plan.size() * 2 / 3);
}

TEST(BatchPlanner, SortedPlansGoFromLongToShort) {
  const auto lengths = realistic_lengths(2000);
  const BatchPlan plan = plan_sorted(lengths, 1024);
  EXPECT_EQ(times_seen(plan).size(), lengths.size());
  ASSERT_GT(plan.size(), 10);
  std::int32_t before = 1000;
  for (const std::int64_t pair : plan.pairs) {
    const PairLengths& row = lengths[static_cast<std::size_t>(pair)];
    ASSERT_LE(std::max(row.source, row.target), before);
    before = std::max(row.source, row.target);
  }
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    ASSERT_LE(tokens_of(plan.batch(b), lengths), 1024);
  }
}

TEST(BatchPlanner, NothingGivesAnEmptyPlan) {
  EXPECT_EQ(plan_sorted({}, 100).size(), 0);
  EXPECT_EQ(plan_epoch({}, {}, {}, 1, 0).size(), 0);
  EXPECT_EQ(padding_share(plan_sorted({}, 100), {}), 0.0);
}

/// CPU time, the least of several tries: a machine with other work takes no part in it.
double seconds_to_plan(std::int64_t pairs) {
  const auto lengths = realistic_lengths(static_cast<std::size_t>(pairs));
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const std::clock_t started = std::clock();
    const BatchPlan plan = plan_epoch(lengths, one_range(lengths), {}, 1, 0);
    least = std::min(least, static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC);
    EXPECT_EQ(plan.pairs.size(), lengths.size());
  }
  return least;
}

TEST(BatchPlanner, TakesTimeInProportionToThePairs) {
  // Four times the pairs take four times as long, or 16 times if the growth is quadratic.
  EXPECT_LT(seconds_to_plan(400'000), 10 * seconds_to_plan(100'000));
}

}  // namespace
}  // namespace regard
