#include "align/sentence_model.h"

#include <cmath>

#include <gtest/gtest.h>

namespace regard {
namespace {

constexpr double kNull = 0.2;

/// Three target words, two source words.
SentenceMatrix sample_translation() {
  SentenceMatrix matrix;
  matrix.resize(3, 2);
  matrix.values = {0.6F, 0.1F, 0.2F, 0.5F, 0.3F, 0.3F};
  matrix.nulls = {0.05F, 0.4F, 0.1F};
  return matrix;
}

TEST(DiagonalPosteriors, AreIbmModelOneWithoutTension) {
  SentenceMatrix posteriors;
  const double log_probability = diagonal_posteriors(sample_translation(), {0, kNull}, posteriors);
  // Word 0: 0.8 (0.6 + 0.1) / 2 + 0.2 * 0.05 = 0.29.
  EXPECT_NEAR(posteriors.at(0, 0), 0.24 / 0.29, 1e-6);
  EXPECT_NEAR(posteriors.at(0, 1), 0.04 / 0.29, 1e-6);
  EXPECT_NEAR(posteriors.nulls[0], 0.01 / 0.29, 1e-6);
  EXPECT_NEAR(log_probability, std::log(0.29) + std::log(0.36) + std::log(0.26), 1e-5);
}

TEST(DiagonalPosteriors, PreferTheDiagonal) {
  SentenceMatrix translation;
  translation.resize(2, 2);
  translation.values = {1, 1, 1, 1};
  translation.nulls = {1, 1};
  SentenceMatrix posteriors;
  diagonal_posteriors(translation, {4, kNull}, posteriors);
  // Distances 0 and 1/2: 1 against exp(-2).
  const double near = 0.8 / (1 + std::exp(-2));
  EXPECT_NEAR(posteriors.at(0, 0), near, 1e-6);
  EXPECT_NEAR(posteriors.at(1, 1), near, 1e-6);
  EXPECT_NEAR(posteriors.at(0, 1), 0.8 - near, 1e-6);
  EXPECT_NEAR(posteriors.nulls[1], 0.2, 1e-6);
}

JumpTable sample_jumps() {
  JumpTable table = JumpTable::at_first();
  table.starts[0] = 3;
  table.starts[1] = 1;
  table.jumps[JumpTable::jump_index(-1)] = 1;
  table.jumps[JumpTable::jump_index(0)] = 2;
  table.jumps[JumpTable::jump_index(1)] = 4;
  return table;
}

/// The probability of one source word after another, for two of them; -1 = before the first.
double jump(int from, int to) {
  if (from < 0) return to == 0 ? 0.75 : 0.25;
  if (from == 0) return to == 0 ? 2.0 / 6 : 4.0 / 6;
  return to == 0 ? 1.0 / 3 : 2.0 / 3;
}

TEST(HiddenMarkovModel, EqualsTheSumOverAllAlignments) {
  const SentenceMatrix translation = sample_translation();
  SentenceMatrix sums;
  sums.resize(3, 2);
  std::fill(sums.values.begin(), sums.values.end(), 0.0F);
  std::fill(sums.nulls.begin(), sums.nulls.end(), 0.0F);
  double total = 0;
  double forward_jumps = 0;
  for (int all = 0; all < 27; ++all) {
    const int chosen[] = {all % 3 - 1, all / 3 % 3 - 1, all / 9 - 1};  // -1 = no source word
    double probability = 1;
    double jumps = 0;
    int last = -1;
    for (int j = 0; j < 3; ++j) {
      if (chosen[j] < 0) {
        probability *= kNull * translation.nulls[j];
        continue;
      }
      probability *= (1 - kNull) * jump(last, chosen[j]) * translation.at(j, chosen[j]);
      jumps += last == 0 && chosen[j] == 1;
      last = chosen[j];
    }
    total += probability;
    forward_jumps += jumps * probability;
    for (int j = 0; j < 3; ++j)
      (chosen[j] < 0 ? sums.nulls[j] : sums.at(j, chosen[j])) += static_cast<float>(probability);
  }
  HiddenMarkovModel model;
  SentenceMatrix posteriors;
  JumpCounts counts;
  EXPECT_NEAR(model.posteriors(translation, sample_jumps(), kNull, posteriors, counts),
              std::log(total), 1e-5);
  for (int j = 0; j < 3; ++j) {
    EXPECT_NEAR(posteriors.nulls[j], sums.nulls[j] / total, 1e-5);
    for (int i = 0; i < 2; ++i)
      EXPECT_NEAR(posteriors.at(j, i), sums.at(j, i) / total, 1e-5);
  }
  const auto counted = static_cast<double>(counts.jumps[JumpTable::jump_index(1)]);
  EXPECT_NEAR(counted / 1048576, forward_jumps / total, 1e-5);
}

TEST(JumpTable, IsARelativeFrequencyAfterAFewPriorCounts) {
  JumpCounts counts;
  counts.jumps[JumpTable::jump_index(1)] = 1000ULL << 20U;
  const JumpTable table = counts.estimate();
  double sum = 0;
  for (const double value : table.jumps)
    sum += value;
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_GT(table.jumps[JumpTable::jump_index(1)], 0.99);
  EXPECT_GT(table.jumps[JumpTable::jump_index(-100)], 0);
}

}  // namespace
}  // namespace regard
