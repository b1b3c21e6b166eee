#include "report/chart_axis.h"

#include <cmath>
#include <cstdlib>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/random.h"

namespace regard {
namespace {

using testing::ElementsAre;

std::vector<std::string> labels(double low, double high, const AxisOptions& options) {
  std::vector<std::string> texts;
  for (const Tick& tick : make_axis(low, high, options).ticks)
    texts.push_back(tick.label);
  return texts;
}

TEST(ChartAxis, PutsTicksAtRoundNumbers) {
  EXPECT_THAT(labels(0, 20000, {.max_ticks = 5}), ElementsAre("0", "5k", "10k", "15k", "20k"));
  EXPECT_THAT(labels(0.3, 9.2, {.max_ticks = 6, .ends_on_ticks = true}),
              ElementsAre("0", "2", "4", "6", "8", "10"));
  EXPECT_THAT(labels(0, 7e-4, {.max_ticks = 5, .ends_on_ticks = true}),
              ElementsAre("0", "2e-4", "4e-4", "6e-4", "8e-4"));
  EXPECT_THAT(labels(0.1, 0.34, {.max_ticks = 6}),
              ElementsAre("0.10", "0.15", "0.20", "0.25", "0.30"));
  EXPECT_THAT(labels(-30, 20, {.max_ticks = 6}), ElementsAre("-30", "-20", "-10", "0", "10", "20"));
  EXPECT_THAT(labels(0, 2.5e6, {.max_ticks = 6}),
              ElementsAre("0", "0.5M", "1.0M", "1.5M", "2.0M", "2.5M"));
}

TEST(ChartAxis, StaysBetweenWholeNumbersWhenAsked) {
  EXPECT_THAT(labels(1, 3, {.max_ticks = 10, .is_integer = true}), ElementsAre("1", "2", "3"));
}

TEST(ChartAxis, ReachesForANearZero) {
  EXPECT_EQ(make_axis(2, 10, {.zero_reach = 0.3}).low, 0);
  EXPECT_EQ(make_axis(4, 10, {.zero_reach = 0.3}).low, 4);
  EXPECT_EQ(make_axis(-10, -2, {.zero_reach = 0.3}).high, 0);
}

TEST(ChartAxis, GivesRoomToASingleValue) {
  for (const double value : {27.3, -5.0, 0.0, 1e-12, 1e90, -1e100, 5e-324}) {
    const ChartAxis axis = make_axis(value, value, {.max_ticks = 6, .ends_on_ticks = true});
    EXPECT_LE(axis.low, value);
    EXPECT_GE(axis.high, value);
    EXPECT_LT(axis.low, axis.high);
    EXPECT_GE(axis.ticks.size(), 2U) << value;
  }
}

/// The number that a label says.
double number_in(const std::string& label) {
  char* rest = nullptr;
  const double value = std::strtod(label.c_str(), &rest);
  const std::string unit = rest;
  return value * (unit == "k" ? 1e3 : unit == "M" ? 1e6 : unit == "G" ? 1e9 : 1);
}

TEST(ChartAxis, IsSoundForAnyRange) {
  RandomStream random(11);
  for (int round = 0; round < 20000; ++round) {
    const double scale = std::pow(10.0, 40 * random.uniform() - 20);
    double low = (2 * random.uniform() - 1) * scale;
    double high = random.below(2) == 0 ? low + std::abs(low) * random.uniform() * 1e-3
                                       : (2 * random.uniform() - 1) * scale;
    if (low > high) std::swap(low, high);
    const AxisOptions options{.max_ticks = 2 + static_cast<int>(random.below(9)),
                              .zero_reach = random.uniform() / 2,
                              .ends_on_ticks = random.below(2) == 0};
    const ChartAxis axis = make_axis(low, high, options);
    ASSERT_LE(axis.low, low);
    ASSERT_GE(axis.high, high);
    ASSERT_LT(axis.low, axis.high);
    ASSERT_LE(axis.ticks.size(), static_cast<std::size_t>(options.max_ticks) + 2);
    ASSERT_GE(axis.ticks.size(), options.ends_on_ticks ? 2U : 0U);
    std::set<std::string> texts;
    const double step = axis.ticks.size() < 2 ? 1 : axis.ticks[1].value - axis.ticks[0].value;
    for (const Tick& tick : axis.ticks) {
      const double slack = 1e-5 * (axis.high - axis.low);
      ASSERT_GE(tick.value, axis.low - slack);
      ASSERT_LE(tick.value, axis.high + slack);
      if (axis.ticks.size() < 2) continue;
      ASSERT_NEAR(number_in(tick.label), tick.value, 0.01 * step) << tick.label;
      ASSERT_TRUE(texts.insert(tick.label).second) << tick.label << " twice";
    }
  }
}

TEST(ChartAxis, WritesValuesWithAboutFourDigits) {
  EXPECT_EQ(format_value(27.314), "27.31");
  EXPECT_EQ(format_value(1.5), "1.50");
  EXPECT_EQ(format_value(123.456), "123.5");
  EXPECT_EQ(format_value(12345.6), "12,346");
  EXPECT_EQ(format_value(0.5), "0.5");
  EXPECT_EQ(format_value(0.0007), "0.0007");
  EXPECT_EQ(format_value(-0.99996), "-1");
  EXPECT_EQ(format_value(0.012345), "0.0123");
  EXPECT_EQ(format_value(-3.21e-7), "-3.2e-7");
  EXPECT_EQ(format_value(6.02e23), "6.0e23");
  EXPECT_EQ(format_value(0), "0");
}

}  // namespace
}  // namespace regard
