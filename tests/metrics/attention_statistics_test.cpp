#include "regard/metrics/attention_statistics.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "regard/core/random.h"

namespace regard {
namespace {

using Map = std::vector<float>;

constexpr double kExact = 1e-12;

/// One-hot rows at `columns`.
Map one_hot(const std::vector<std::size_t>& columns, std::size_t width) {
  Map map(columns.size() * width, 0);
  for (std::size_t i = 0; i < columns.size(); ++i)
    map[i * width + columns[i]] = 1;
  return map;
}

void expect_coverage(const AttentionStatistics& statistics, const std::vector<double>& expected) {
  ASSERT_EQ(statistics.coverage.size(), expected.size());
  for (std::size_t j = 0; j < expected.size(); ++j)
    EXPECT_NEAR(statistics.coverage[j], expected[j], kExact) << "column " << j;
}

TEST(AttentionStatistics, OfTheIdentityAreThoseOfAPerfectDiagonal) {
  const AttentionStatistics s = attention_statistics(one_hot({0, 1, 2}, 3), 3, 3);
  EXPECT_EQ(s.num_rows, 3);
  EXPECT_EQ(s.num_zero_rows, 0);
  EXPECT_EQ(s.entropy, 0);
  EXPECT_EQ(s.normalised_entropy, 0);
  expect_coverage(s, {1, 1, 1});
  EXPECT_EQ(s.coverage_deviation, 0);
  EXPECT_NEAR(s.diagonal_distance, 0, kExact);
  EXPECT_EQ(s.sharpness, 1);
  EXPECT_NEAR(s.last_column_share, 1.0 / 3, kExact);
}

TEST(AttentionStatistics, OfTheReversedIdentityAreFarFromTheDiagonal) {
  // Places 1/6, 3/6, 5/6 against 5/6, 3/6, 1/6: (2/3 + 0 + 2/3) / 3.
  const AttentionStatistics s = attention_statistics(one_hot({2, 1, 0}, 3), 3, 3);
  EXPECT_NEAR(s.diagonal_distance, 4.0 / 9, kExact);
  EXPECT_EQ(s.entropy, 0);
  EXPECT_EQ(s.coverage_deviation, 0);
  EXPECT_EQ(s.sharpness, 1);
  EXPECT_NEAR(s.last_column_share, 1.0 / 3, kExact);
}

TEST(AttentionStatistics, OfUniformRowsHaveAllTheEntropy) {
  const AttentionStatistics s = attention_statistics(Map(8, 0.25F), 2, 4);
  EXPECT_NEAR(s.entropy, 2, kExact);
  EXPECT_NEAR(s.normalised_entropy, 1, kExact);
  expect_coverage(s, {0.5, 0.5, 0.5, 0.5});
  EXPECT_NEAR(s.coverage_deviation, 0, kExact);
  // Every row expects the middle; the rows are at 1/4 and 3/4.
  EXPECT_NEAR(s.diagonal_distance, 0.25, kExact);
  EXPECT_NEAR(s.sharpness, 0.25, kExact);
  EXPECT_NEAR(s.last_column_share, 0.25, kExact);
}

TEST(AttentionStatistics, OfRowsOnOneColumnHaveTheLargestCoverageDeviation) {
  // Coverage 0, 0, 0, 2 against 1/2: (3 * 1/2 + 3/2) / 4 = 2 * 2 * 3 / 16.
  const AttentionStatistics s = attention_statistics(one_hot({3, 3}, 4), 2, 4);
  expect_coverage(s, {0, 0, 0, 2});
  EXPECT_NEAR(s.coverage_deviation, 0.75, kExact);
  EXPECT_EQ(s.last_column_share, 1);
  // 7/8 against 1/4 and 3/4.
  EXPECT_NEAR(s.diagonal_distance, (0.625 + 0.125) / 2, kExact);
}

TEST(AttentionStatistics, OfAMixedMapAreTheMeansOfItsRows) {
  // Entropies 1.5 bits and 0; places 0.5 * 1/6 + 0.25 * 3/6 + 0.25 * 5/6 = 5/12, and 5/6.
  const AttentionStatistics s = attention_statistics(Map{0.5F, 0.25F, 0.25F, 0, 0, 1}, 2, 3);
  EXPECT_NEAR(s.entropy, 0.75, kExact);
  EXPECT_NEAR(s.normalised_entropy, 0.75 / std::log2(3.0), kExact);
  expect_coverage(s, {0.5, 0.25, 1.25});
  EXPECT_NEAR(s.coverage_deviation, (1.0 / 6 + 5.0 / 12 + 7.0 / 12) / 3, kExact);
  EXPECT_NEAR(s.diagonal_distance, (1.0 / 6 + 1.0 / 12) / 2, kExact);
  EXPECT_NEAR(s.sharpness, 0.75, kExact);
  EXPECT_NEAR(s.last_column_share, 0.625, kExact);
}

TEST(AttentionStatistics, RowsCountTheSameWhateverTheirSum) {
  const Map map = {0.5F, 0.25F, 0.25F, 0.125F, 0, 0.875F};
  Map scaled = map;
  for (std::size_t j = 0; j < 3; ++j)
    scaled[j] *= 0x1p-140F;  // below the smallest normal number
  for (std::size_t j = 3; j < 6; ++j)
    scaled[j] *= 0x1p+127F;
  const AttentionStatistics a = attention_statistics(map, 2, 3);
  const AttentionStatistics b = attention_statistics(scaled, 2, 3);
  EXPECT_GT(a.entropy, 0);
  EXPECT_NEAR(a.entropy, b.entropy, kExact);
  expect_coverage(b, a.coverage);
  EXPECT_NEAR(a.coverage_deviation, b.coverage_deviation, kExact);
  EXPECT_NEAR(a.diagonal_distance, b.diagonal_distance, kExact);
  EXPECT_NEAR(a.sharpness, b.sharpness, kExact);
  EXPECT_NEAR(a.last_column_share, b.last_column_share, kExact);
}

TEST(AttentionStatistics, ZeroRowsAreLeftOutAndKeepTheirPlaces) {
  const AttentionStatistics s = attention_statistics(Map{0, 0, 0.5F, 0.5F, -0.0F, 0, 0, 1}, 4, 2);
  EXPECT_EQ(s.num_rows, 2);
  EXPECT_EQ(s.num_zero_rows, 2);
  EXPECT_NEAR(s.entropy, 0.5, kExact);
  expect_coverage(s, {0.5, 1.5});
  EXPECT_NEAR(s.coverage_deviation, 0.5, kExact);
  // Row 1 is at 3/8 and expects 1/2; row 3 is at 7/8 and expects 3/4.
  EXPECT_NEAR(s.diagonal_distance, 0.125, kExact);
  EXPECT_NEAR(s.sharpness, 0.75, kExact);
  EXPECT_NEAR(s.last_column_share, 0.75, kExact);
}

/// Every mean is 0, as documented for maps without a row that counts.
void expect_no_measures(const AttentionStatistics& s) {
  EXPECT_EQ(s.num_rows, 0);
  EXPECT_EQ(s.entropy, 0);
  EXPECT_EQ(s.normalised_entropy, 0);
  EXPECT_EQ(s.coverage_deviation, 0);
  EXPECT_EQ(s.diagonal_distance, 0);
  EXPECT_EQ(s.sharpness, 0);
  EXPECT_EQ(s.last_column_share, 0);
}

TEST(AttentionStatistics, OfMapsWithoutWeightAreZero) {
  const AttentionStatistics zeros = attention_statistics(Map(6, 0), 3, 2);
  expect_no_measures(zeros);
  EXPECT_EQ(zeros.num_zero_rows, 3);
  expect_coverage(zeros, {0, 0});
  const AttentionStatistics no_rows = attention_statistics({}, 0, 3);
  expect_no_measures(no_rows);
  EXPECT_EQ(no_rows.num_zero_rows, 0);
  expect_coverage(no_rows, {0, 0, 0});
  // Takes no time either.
  const std::int64_t many = std::numeric_limits<std::int64_t>::max();
  const AttentionStatistics no_columns = attention_statistics({}, many, 0);
  expect_no_measures(no_columns);
  EXPECT_EQ(no_columns.num_zero_rows, many);
  expect_coverage(no_columns, {});
  expect_no_measures(attention_statistics({}, 0, 0));
}

TEST(AttentionStatistics, OfASingleCellHaveNoEntropy) {
  const AttentionStatistics s = attention_statistics(Map{0.3F}, 1, 1);
  EXPECT_EQ(s.num_rows, 1);
  EXPECT_EQ(s.entropy, 0);
  EXPECT_EQ(s.normalised_entropy, 0);
  expect_coverage(s, {1});
  EXPECT_EQ(s.coverage_deviation, 0);
  EXPECT_EQ(s.diagonal_distance, 0);
  EXPECT_EQ(s.sharpness, 1);
  EXPECT_EQ(s.last_column_share, 1);
}

TEST(AttentionStatistics, WrongSizesAreRefused) {
  const Map map(6, 0.5F);
  EXPECT_NO_THROW(attention_statistics(map, 3, 2));
  for (const auto& [rows, columns] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{2, 2}, {4, 2}, {6, 0}, {0, 6}, {-3, -2}})
    EXPECT_THROW(attention_statistics(map, rows, columns), std::invalid_argument)
        << rows << " x " << columns;
  EXPECT_THROW(attention_statistics({}, 1, 1), std::invalid_argument);
  EXPECT_THROW(attention_statistics({}, -1, 0), std::invalid_argument);
  EXPECT_THROW(attention_statistics({}, 0, -1), std::invalid_argument);
  // 2^62 * 4 is 0 in 64 bits.
  EXPECT_THROW(attention_statistics({}, std::int64_t{1} << 62, 4), std::invalid_argument);
}

TEST(AttentionStatistics, WeightsThatAreNoneAreRefusedWithTheirPlace) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity, -0.1F}) {
    for (std::size_t place = 0; place < 6; ++place) {
      Map map(6, 0.5F);
      map[place] = bad;
      try {
        attention_statistics(map, 2, 3);
        ADD_FAILURE() << bad << " was taken";
      } catch (const std::invalid_argument& error) {
        const std::string where =
            "row " + std::to_string(place / 3) + ", column " + std::to_string(place % 3);
        EXPECT_NE(std::string(error.what()).find(where), std::string::npos) << error.what();
      }
    }
  }
}

/// The same measures another way: column by column, entropy as log2(sum) - sum w log2(w) / sum.
struct Expected {
  double entropy = 0, deviation = 0, distance = 0, sharpness = 0, last = 0;
};

Expected slowly(const Map& map, std::size_t rows, std::size_t columns) {
  std::vector<std::size_t> used;
  std::vector<double> sums(rows, 0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j)
      sums[i] += map[i * columns + j];
    if (sums[i] > 0) used.push_back(i);
  }
  Expected result;
  const auto num_used = static_cast<double>(used.size());
  for (std::size_t j = 0; j < columns; ++j) {
    double coverage = 0;
    for (const std::size_t i : used)
      coverage += map[i * columns + j] / sums[i];
    result.deviation +=
        std::abs(coverage - num_used / static_cast<double>(columns)) / static_cast<double>(columns);
    if (j + 1 == columns) result.last = coverage / num_used;
  }
  for (const std::size_t i : used) {
    double logs = 0, position = 0, largest = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double weight = map[i * columns + j];
      logs += weight == 0 ? 0 : weight * std::log2(weight);
      position += weight * static_cast<double>(2 * j + 1);
      if (weight > largest) largest = weight;
    }
    const double row_place = static_cast<double>(2 * i + 1) / static_cast<double>(2 * rows);
    result.entropy += (std::log2(sums[i]) - logs / sums[i]) / num_used;
    result.sharpness += largest / sums[i] / num_used;
    result.distance +=
        std::abs(position / sums[i] / static_cast<double>(2 * columns) - row_place) / num_used;
  }
  return result;
}

TEST(AttentionStatistics, EqualASlowImplementationForRandomMaps) {
  RandomStream random(3);
  int num_compared = 0;
  for (int round = 0; round < 500; ++round) {
    const auto rows = static_cast<std::size_t>(1 + random.below(9));
    const auto columns = static_cast<std::size_t>(1 + random.below(9));
    const std::uint64_t period = 1 + random.below(4);  // 1 = no weight is 0
    Map map(rows * columns, 0);
    for (float& weight : map) {
      if (random.below(period) == 0) weight = static_cast<float>(random.uniform());
    }
    const AttentionStatistics s = attention_statistics(map, static_cast<std::int64_t>(rows),
                                                       static_cast<std::int64_t>(columns));
    ASSERT_EQ(s.num_rows + s.num_zero_rows, static_cast<std::int64_t>(rows));
    if (s.num_rows == 0) continue;
    ++num_compared;
    const Expected expected = slowly(map, rows, columns);
    EXPECT_NEAR(s.entropy, expected.entropy, 1e-9);
    EXPECT_NEAR(s.coverage_deviation, expected.deviation, 1e-9);
    EXPECT_NEAR(s.diagonal_distance, expected.distance, 1e-9);
    EXPECT_NEAR(s.sharpness, expected.sharpness, 1e-9);
    EXPECT_NEAR(s.last_column_share, expected.last, 1e-9);
    EXPECT_GE(s.entropy, 0);
    EXPECT_LE(s.normalised_entropy, 1);
    EXPECT_LT(s.diagonal_distance, 1);
    EXPECT_LE(s.sharpness, 1);
    const auto r = static_cast<double>(s.num_rows);
    const auto c = static_cast<double>(columns);
    EXPECT_LE(s.coverage_deviation, 2 * r * (c - 1) / (c * c) + kExact);
    EXPECT_GE(s.sharpness, 1 / c - kExact);
  }
  EXPECT_GT(num_compared, 400);
}

}  // namespace
}  // namespace regard
