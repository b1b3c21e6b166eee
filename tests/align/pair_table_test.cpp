#include "align/pair_table.h"

#include <cmath>

#include <gtest/gtest.h>

#include "align/pair_posteriors.h"
#include "align/sample_pairs.h"

namespace regard {
namespace {

using test::house_and_book;
using test::quickstart_pairs;

/// Forms of house_and_book(), in the order of the text.
enum Source { das, haus, buch, ein };
enum Target { the, house, book, a };

float forward(const PairTable& table, Source source, Target target) {
  return table.probability(Direction::forward, table.find(source, target));
}

/// Passes of IBM model 1 without a prior.
PairTable after_passes(const ParallelText& text, int passes) {
  PairTable table(text, {});
  AlignOptions options;
  PairPosteriors posteriors;
  JumpTables jumps;
  jumps.fill(JumpTable::at_first());
  for (int pass = 0; pass < passes; ++pass) {
    for (std::int64_t i = 0; i < text.num_pairs(); ++i) {
      posteriors.load(text, i, table);
      posteriors.compute(PassKind::lexical, jumps, options);
      posteriors.count(table);
    }
    table.estimate(0, 1);
  }
  return table;
}

TEST(PairTable, HasThePairsThatStandTogether) {
  const PairTable table(house_and_book(), {});
  EXPECT_EQ(table.num_pairs(), 10);
  EXPECT_EQ(table.num_left_out(), 0);
  EXPECT_NE(table.find(das, house), PairTable::kNone);
  EXPECT_EQ(table.find(ein, house), PairTable::kNone);
  EXPECT_EQ(table.find(haus, a), PairTable::kNone);
}

TEST(PairTable, LearnsTheTextbookExample) {
  const ParallelText text = house_and_book();
  const PairTable first = after_passes(text, 1);
  // All source words are equally likely at first, whatever share goes to none.
  EXPECT_NEAR(forward(first, das, the), 0.5, 1e-6);
  EXPECT_NEAR(forward(first, das, house), 0.25, 1e-6);
  EXPECT_NEAR(forward(first, buch, book), 0.5, 1e-6);
  EXPECT_NEAR(first.null_probability(Direction::forward, the), 2.0 / 6, 1e-6);
  EXPECT_NEAR(first.null_probability(Direction::forward, a), 1.0 / 6, 1e-6);
  // With 0.08 for no source word and 0.46 for each of two: das-the has 0.23 / (0.23 + 0.23 +
  // 0.08 / 3) of the first pair and 0.23 / (0.23 + 0.115 + 0.08 / 3) of the second, das-house
  // 0.115 / (0.115 + 0.23 + 0.08 / 6), das-book 0.115 / (0.115 + 0.23 + 0.08 / 3).
  const double das_the = 0.23 / (0.46 + 0.08 / 3) + 0.23 / (0.345 + 0.08 / 3);
  const double das_house = 0.115 / (0.345 + 0.08 / 6);
  const double das_book = 0.115 / (0.345 + 0.08 / 3);
  const PairTable second = after_passes(text, 2);
  EXPECT_NEAR(forward(second, das, the), das_the / (das_the + das_house + das_book), 1e-6);
  EXPECT_NEAR(forward(second, das, book), das_book / (das_the + das_house + das_book), 1e-6);
  EXPECT_GT(forward(after_passes(text, 30), buch, book), 0.95);
}

TEST(PairTable, EstimatesUnderADirichletPrior) {
  PairTable table(house_and_book(), {});
  table.count(Direction::forward, table.find(haus, house), 1);
  table.count(Direction::forward, table.find(haus, the), 1);
  table.count(Direction::forward, table.find(haus, the), 1);
  table.estimate(1, 1);
  // psi(n) = 1 + 1/2 + ... + 1/(n - 1) - gamma: counts 2 and 1, and 1 for each of two forms.
  EXPECT_NEAR(forward(table, haus, the), std::exp(1.5 - (1 + 0.5 + 1.0 / 3 + 0.25)), 1e-5);
  EXPECT_NEAR(forward(table, haus, house), std::exp(1 - (1 + 0.5 + 1.0 / 3 + 0.25)), 1e-5);
}

TEST(PairTable, LeavesOutWhatIsLeastAssociatedWhereMemoryIsBounded) {
  const ParallelText text = quickstart_pairs();
  const PairTable all(text, {});
  const std::uint64_t budget = all.num_bytes() / 4;
  const PairTable some(text, {1, budget});
  EXPECT_LT(some.num_bytes(), budget + 300000);  // rows and forms are not part of the budget
  EXPECT_GT(some.num_pairs(), all.num_pairs() / 8);
  EXPECT_EQ(some.num_pairs() + some.num_left_out(), all.num_pairs());
}

TEST(PairTable, IsTheSameForAnyNumberOfThreads) {
  const ParallelText text = quickstart_pairs();
  const PairTable one(text, {1, 0});
  const PairTable four(text, {4, 0});
  ASSERT_GT(one.num_pairs(), 1000);
  for (std::int32_t source = 0; source < text.source.words().num_forms(); ++source) {
    for (std::int32_t target = 0; target < text.target.words().num_forms(); target += 7)
      ASSERT_EQ(one.find(source, target), four.find(source, target));
  }
}

}  // namespace
}  // namespace regard
