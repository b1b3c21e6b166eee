#include "regard/train/schedule.h"

#include <cmath>

#include <gtest/gtest.h>

namespace regard {
namespace {

constexpr double kPeak = 2.0e-3;
constexpr std::int64_t kScheduledUpdates = 1000;

double rate(ScheduleType type, std::int64_t warmup, std::int64_t update,
            std::int64_t max_updates = kScheduledUpdates) {
  ScheduleOptions options;
  options.type = type;
  options.peak = kPeak;
  options.warmup = warmup;
  return learning_rate(options, update, {max_updates, 0, 0});
}

constexpr ScheduleType kTypes[] = {ScheduleType::inverse_sqrt, ScheduleType::linear,
                                   ScheduleType::cosine, ScheduleType::constant,
                                   ScheduleType::plateau};

TEST(LearningRate, GrowsLinearlyToThePeakInTheWarmUp) {
  for (const ScheduleType type : kTypes) {
    EXPECT_DOUBLE_EQ(rate(type, 100, 1), kPeak / 100);
    EXPECT_DOUBLE_EQ(rate(type, 100, 37), kPeak * 37 / 100);
    EXPECT_DOUBLE_EQ(rate(type, 100, 99), kPeak * 99 / 100);
    EXPECT_DOUBLE_EQ(rate(type, 100, 100), kPeak);
  }
}

TEST(LearningRate, FallsWithTheInverseSquareRoot) {
  EXPECT_DOUBLE_EQ(rate(ScheduleType::inverse_sqrt, 100, 400), kPeak / 2);
  EXPECT_DOUBLE_EQ(rate(ScheduleType::inverse_sqrt, 100, 900), kPeak / 3);
  // It does not know the end of the run, so that a run can be made longer.
  EXPECT_DOUBLE_EQ(rate(ScheduleType::inverse_sqrt, 100, 900, 0), kPeak / 3);
}

TEST(LearningRate, FallsOnALineToZeroAtTheEnd) {
  EXPECT_DOUBLE_EQ(rate(ScheduleType::linear, 200, 600), kPeak / 2);
  EXPECT_DOUBLE_EQ(rate(ScheduleType::linear, 200, 800), kPeak / 4);
  EXPECT_DOUBLE_EQ(rate(ScheduleType::linear, 200, kScheduledUpdates), 0.0);
  EXPECT_DOUBLE_EQ(rate(ScheduleType::linear, 200, kScheduledUpdates + 5), 0.0);
}

TEST(LearningRate, FallsOnACosineToZeroAtTheEnd) {
  EXPECT_NEAR(rate(ScheduleType::cosine, 200, 600), kPeak / 2, 1e-15);
  EXPECT_NEAR(rate(ScheduleType::cosine, 200, 400), kPeak * (1 + std::sqrt(0.5)) / 2, 1e-15);
  EXPECT_NEAR(rate(ScheduleType::cosine, 200, kScheduledUpdates), 0.0, 1e-15);
}

TEST(LearningRate, StaysWhereItIsConstant) {
  EXPECT_DOUBLE_EQ(rate(ScheduleType::constant, 100, 101), kPeak);
  EXPECT_DOUBLE_EQ(rate(ScheduleType::constant, 100, 1000000), kPeak);
}

TEST(LearningRate, OfNoamIsThatOfThePaper) {
  ScheduleOptions options;
  options.type = ScheduleType::noam;
  options.warmup = 4000;
  const double scale = 1.0 / std::sqrt(512.0);  // Vaswani et al. 2017, eq. 3
  for (const double update : {1.0, 100.0, 3999.0, 4000.0, 4001.0, 100000.0}) {
    const double expected =
        scale * std::min(1 / std::sqrt(update), update * std::pow(4000.0, -1.5));
    const auto number = static_cast<std::int64_t>(update);
    options.factor = 1.0;
    EXPECT_NEAR(learning_rate(options, number, {0, 512, 0}), expected, 1e-15) << update;
    options.factor = 2.0;
    EXPECT_NEAR(learning_rate(options, number, {0, 512, 0}), 2 * expected, 1e-15) << update;
  }
}

TEST(LearningRate, FallsWithEachReductionOfAPlateau) {
  ScheduleOptions options;
  options.type = ScheduleType::plateau;
  options.peak = kPeak;
  options.warmup = 10;
  options.decay = 0.5;
  EXPECT_DOUBLE_EQ(learning_rate(options, 500, {0, 0, 0}), kPeak);
  EXPECT_DOUBLE_EQ(learning_rate(options, 500, {0, 0, 3}), kPeak / 8);
  EXPECT_DOUBLE_EQ(learning_rate(options, 5, {0, 0, 3}), kPeak / 2);  // the warm-up is not touched
}

TEST(LearningRate, NeverFallsBelowTheMinimumAfterTheWarmUp) {
  ScheduleOptions options;
  options.peak = kPeak;
  options.warmup = 100;
  options.minimum = kPeak / 4;
  EXPECT_DOUBLE_EQ(learning_rate(options, 1, {}), kPeak / 100);
  EXPECT_DOUBLE_EQ(learning_rate(options, 400, {}), kPeak / 2);
  EXPECT_DOUBLE_EQ(learning_rate(options, 160000, {}), kPeak / 4);
  options.type = ScheduleType::linear;
  EXPECT_DOUBLE_EQ(learning_rate(options, 1000, {1000, 0, 0}), kPeak / 4);
}

TEST(LearningRate, StartsAtThePeakWithoutWarmUp) {
  EXPECT_DOUBLE_EQ(rate(ScheduleType::inverse_sqrt, 0, 1), kPeak);
  EXPECT_DOUBLE_EQ(rate(ScheduleType::inverse_sqrt, 0, 4), kPeak / 2);
  EXPECT_DOUBLE_EQ(rate(ScheduleType::constant, 0, 1), kPeak);
  EXPECT_DOUBLE_EQ(rate(ScheduleType::linear, 0, 1), kPeak * 0.999);
}

}  // namespace
}  // namespace regard
