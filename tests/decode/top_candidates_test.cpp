#include "decode/top_candidates.h"

#include <limits>

#include <gtest/gtest.h>

#include "regard/tensor/log_softmax.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using torch::Tensor;

constexpr float kNever = -std::numeric_limits<float>::infinity();

/// All continuations of a sentence in order, the plain way.
std::vector<Candidate> sorted(const Tensor& scores, const std::vector<float>& so_far,
                              std::int64_t first, std::int64_t width) {
  std::vector<Candidate> all;
  for (std::int64_t row = 0; row < width; ++row) {
    for (std::int64_t token = 0; token < scores.size(1); ++token) {
      const float score =
          scores[first + row][token].item<float>() + so_far[static_cast<std::size_t>(first + row)];
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
      // Few different values, so that many are equal.
      Tensor scores = (test::normal({2 * width, vocabulary}, 5) * 4).round().to(at::kFloat) / 4;
      scores[0][vocabulary / 2].fill_(kNever);
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
  Tensor scores = at::full({2, 100}, kNever);
  scores[1][70].fill_(-2.0F);
  const auto found = top_candidates(scores, std::vector<float>{0.0F, -1.0F}, 2, 5);
  ASSERT_EQ(found.size(), 1u);
  expect_same_candidates(found[0], {{-3.0F, 1, 70}});
  // A hypothesis that is dead stays so.
  EXPECT_TRUE(top_candidates(at::zeros({1, 100}), std::vector<float>{kNever}, 1, 5)[0].empty());
}

TEST(PlaceOfLargest, IsTheFirstOfTheLargest) {
  for (const std::int64_t size : {1, 63, 64, 65, 129, 1000}) {
    const Tensor values = (test::normal({size}, 3) * 2).round().to(at::kFloat);
    const auto* data = values.const_data_ptr<float>();
    EXPECT_EQ(place_of_largest(data, size), std::max_element(data, data + size) - data) << size;
  }
}

TEST(LogSoftmax, EqualsLibTorch) {
  for (const std::int64_t classes : {1, 15, 16, 17, 1000}) {
    const Tensor logits = (test::normal({5, classes}, 8) * 10).to(at::kFloat);
    const Tensor expected = at::log_softmax(logits.to(at::kDouble), -1);
    const Tensor actual = log_softmax_of(logits.clone());
    EXPECT_EQ(actual.scalar_type(), at::kFloat);
    test::expect_near(actual.to(at::kDouble), expected, 2e-5);
    test::expect_near(log_softmax_of(logits.to(at::kDouble)).to(at::kDouble), expected, 2e-5);
  }
}

}  // namespace
}  // namespace regard
