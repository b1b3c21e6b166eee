#include "engine/top_candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "regard/engine/fast_log.h"
#include "regard/engine/log_softmax.h"

#include "engine/mean_probabilities.h"
#include "engine/random_values.h"

namespace regard {
namespace {

using test::random_values;
using Values = std::vector<float>;

constexpr float kNever = -std::numeric_limits<float>::infinity();

ScoreRows rows_of(Values& values, std::int64_t rows) {
  return {values.data(), rows, std::ssize(values) / rows};
}

/// Few different values, so that many are equal.
Values coarse_values(std::int64_t count, std::uint64_t seed, float step) {
  Values values = random_values(count, 1.0F, seed);
  for (float& value : values)
    value = std::round(value / step) * step;
  return values;
}

/// All continuations of a sentence in order, the plain way.
std::vector<Candidate> sorted(const ScoreRows& scores, const Values& so_far, std::int64_t first,
                              std::int64_t width) {
  std::vector<Candidate> all;
  for (std::int64_t row = 0; row < width; ++row) {
    for (std::int64_t token = 0; token < scores.vocabulary; ++token) {
      const float score =
          scores.row(first + row)[token] + so_far[static_cast<std::size_t>(first + row)];
      if (score > kNever) all.push_back({score, row, token});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  return all;
}

void expect_same_candidates(const std::vector<Candidate>& actual,
                            const std::vector<Candidate>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].score, expected[i].score) << i;
    EXPECT_EQ(actual[i].row, expected[i].row) << i;
    EXPECT_EQ(actual[i].token, expected[i].token) << i;
  }
}

TEST(TopCandidates, EqualASort) {
  for (const std::int64_t vocabulary : {1, 7, 63, 64, 65, 200, 1000}) {
    for (const std::int64_t width : {1, 3}) {
      Values values = coarse_values(2 * width * vocabulary, 5, 0.25F);
      values[static_cast<std::size_t>(vocabulary / 2)] = kNever;
      const ScoreRows scores = rows_of(values, 2 * width);
      std::vector<float> so_far;
      for (std::int64_t row = 0; row < 2 * width; ++row)
        so_far.push_back(-0.25F * static_cast<float>(row % 3));
      for (const std::int64_t count : {1, 4, 10}) {
        const auto found = top_candidates(scores, so_far, width, count);
        ASSERT_EQ(found.size(), 2u);
        for (std::int64_t sentence = 0; sentence < 2; ++sentence) {
          auto expected = sorted(scores, so_far, sentence * width, width);
          expected.resize(std::min<std::size_t>(expected.size(), static_cast<std::size_t>(count)));
          expect_same_candidates(found[static_cast<std::size_t>(sentence)], expected);
        }
      }
    }
  }
}

TEST(TopCandidates, WhatIsImpossibleIsNoCandidate) {
  Values values(200, kNever);
  values[170] = -2.0F;
  const auto found = top_candidates(rows_of(values, 2), Values{0.0F, -1.0F}, 2, 5);
  ASSERT_EQ(found.size(), 1u);
  expect_same_candidates(found[0], {{-3.0F, 1, 70}});
  // A hypothesis that is dead stays so.
  Values zeros(100, 0.0F);
  EXPECT_TRUE(top_candidates(rows_of(zeros, 1), Values{kNever}, 1, 5)[0].empty());
}

TEST(PlaceOfLargest, IsTheFirstOfTheLargest) {
  for (const std::int64_t size : {1, 63, 64, 65, 129, 1000}) {
    const Values values = coarse_values(size, 3, 0.5F);
    const float* data = values.data();
    EXPECT_EQ(place_of_largest(data, size), std::max_element(data, data + size) - data) << size;
  }
}

TEST(LogSoftmax, IsNormalized) {
  for (const std::int64_t classes : {1, 15, 16, 17, 1000}) {
    const Values logits = random_values(5 * classes, 10.0F, 8);
    Values actual = logits;
    log_softmax_rows(actual.data(), 5, classes);
    for (std::int64_t row = 0; row < 5; ++row) {
      const auto first = static_cast<std::size_t>(row * classes);
      double sum = 0;
      for (std::size_t i = first; i < first + static_cast<std::size_t>(classes); ++i)
        sum += std::exp(static_cast<double>(logits[i]));
      for (std::size_t i = first; i < first + static_cast<std::size_t>(classes); ++i)
        ASSERT_NEAR(actual[i], logits[i] - std::log(sum), 2e-5);
    }
  }
}

TEST(FastLog, IsTheLogarithm) {
  for (float x = 1e-6F; x < 1e6F; x *= 1.0137F) {
    const double exact = std::log(static_cast<double>(x));
    ASSERT_NEAR(log_of_positive(x), exact, 1e-7 + 3e-7 * std::abs(exact)) << x;
  }
  EXPECT_EQ(log_of_positive(1.0F), 0.0F);
}

TEST(MeanProbabilities, AreThoseOfTheMembers) {
  std::vector<Values> members;
  std::vector<ScoreRows> rows;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Values& member = members.emplace_back(random_values(3 * 1000, 4.0F, seed));
    log_softmax_rows(member.data(), 3, 1000);
  }
  for (Values& member : members)
    rows.push_back(rows_of(member, 3));
  for (Values& member : members)
    member[7] = kNever;
  members[1][8] = kNever;
  Values mean(3 * 1000);
  write_mean(rows, mean.data());
  EXPECT_EQ(mean[7], kNever);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    if (i == 7) continue;
    double sum = 0;
    for (const Values& member : members)
      sum += std::exp(static_cast<double>(member[i])) / 3.0;
    ASSERT_NEAR(mean[i], std::log(sum), 3e-6) << i;
  }
}

}  // namespace
}  // namespace regard
