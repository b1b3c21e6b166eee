#include "regard/core/random.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regard {
namespace {

using ::testing::ElementsAre;

TEST(RandomStream, GivesThePublishedNumbersOfSplitMix64) {
  // The reference values for seed 1234567, as published with the generator's test vectors.
  RandomStream stream(1234567);
  const std::vector<std::uint64_t> expected = {6457827717110365317ULL, 3203168211198807973ULL,
                                               9817491932198370423ULL, 4593380528125082431ULL,
                                               16408922859458223821ULL};
  for (const std::uint64_t number : expected)
    EXPECT_EQ(stream.next(), number);
}

TEST(RandomStream, BelowReachesEveryValueEquallyOften) {
  RandomStream stream(1);
  constexpr int kDraws = 60000;
  std::array<int, 6> counts = {};
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = stream.below(6);
    ASSERT_LT(value, 6u);
    ++counts[static_cast<std::size_t>(value)];
  }
  double chi_square = 0;
  for (const int count : counts) {
    chi_square += (count - kDraws / 6.0) * (count - kDraws / 6.0) / (kDraws / 6.0);
  }
  EXPECT_LT(chi_square, 20.5) << "5 degrees of freedom, p = 0.001";
}

TEST(RandomStream, BelowHasNoModuloBias) {
  // With bound = 3/4 * 2^64 a plain remainder would take the lowest third twice as often as each
  // other third.
  constexpr std::uint64_t kBound = 3ULL << 62;
  RandomStream stream(2);
  constexpr int kDraws = 30000;
  int in_lowest_third = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = stream.below(kBound);
    ASSERT_LT(value, kBound);
    in_lowest_third += value < kBound / 3 ? 1 : 0;
  }
  EXPECT_NEAR(in_lowest_third, kDraws / 3, 330) << "four standard deviations";
}

TEST(RandomStream, BelowOneIsZero) {
  RandomStream stream(3);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(stream.below(1), 0u);
}

TEST(RandomStream, UniformLiesInTheHalfOpenUnitInterval) {
  RandomStream stream(4);
  double sum = 0, smallest = 1, largest = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = stream.uniform();
    sum += value;
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  EXPECT_GE(smallest, 0.0);
  EXPECT_LT(largest, 1.0);
  EXPECT_LT(smallest, 0.001);
  EXPECT_GT(largest, 0.999);
  EXPECT_NEAR(sum / kDraws, 0.5, 0.004) << "four standard deviations";
}

TEST(Shuffle, IsAPermutation) {
  std::vector<int> items(1000);
  std::iota(items.begin(), items.end(), 0);
  const std::vector<int> sorted = items;
  RandomStream stream(5);
  shuffle(items, stream);
  EXPECT_NE(items, sorted);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, sorted);
}

TEST(Shuffle, GivesTheSameOrderForTheSameSeed) {
  // Recorded from this code: a change would reshuffle every run that is resumed.
  std::vector<int> items = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  RandomStream stream(1234567);
  shuffle(items, stream);
  EXPECT_THAT(items, ElementsAre(2, 0, 6, 1, 4, 5, 3, 8, 9, 7));
}

TEST(Shuffle, GivesEveryOrderEquallyOften) {
  RandomStream stream(6);
  std::map<std::vector<int>, int> counts;
  constexpr int kDraws = 60000;
  for (int i = 0; i < kDraws; ++i) {
    std::vector<int> items = {1, 2, 3};
    shuffle(items, stream);
    ++counts[items];
  }
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [order, count] : counts)
    EXPECT_NEAR(count, kDraws / 6, 370);
}

TEST(Shuffle, AcceptsEmptyAndSingle) {
  RandomStream stream(7);
  std::vector<int> none, one = {1};
  shuffle(none, stream);
  shuffle(one, stream);
  EXPECT_TRUE(none.empty());
  EXPECT_THAT(one, ElementsAre(1));
}

TEST(DeriveSeed, DependsOnValuesOrderAndCount) {
  const std::set<std::uint64_t> seeds = {
      derive_seed({}),     derive_seed({0}),    derive_seed({0, 0}), derive_seed({1}),
      derive_seed({1, 0}), derive_seed({0, 1}), derive_seed({1, 1}), derive_seed({1, 0, 0})};
  EXPECT_EQ(seeds.size(), 8u);
  EXPECT_EQ(derive_seed({1, 2, 3}), derive_seed({1, 2, 3}));
}

TEST(DeriveSeed, NeverChanges) {
  // Recorded from this code: a change would break resuming of every older run.
  EXPECT_EQ(derive_seed({1, 0, 500, 2, 4}), 354045399667430128ULL);
}

TEST(DeriveSeed, KeepsCountersApart) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t update = 0; update < 1000; ++update) {
    for (std::uint64_t use = 1; use <= 7; ++use)
      seeds.insert(derive_seed({1, 0, update, 0, use}));
  }
  EXPECT_EQ(seeds.size(), 7000u);
}

}  // namespace
}  // namespace regard
