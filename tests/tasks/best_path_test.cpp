#include "tasks/tag/best_path.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

namespace regard {
namespace {

const std::vector<std::string> kTags = {"B-A", "B-B", "I-A", "I-B", "O"};

/// The best of all sequences of tags that are allowed, tried one by one.
TagPath by_trying(const torch::Tensor& logs, const BioTransitions& transitions) {
  const std::int64_t words = logs.size(0);
  const std::int64_t tags = logs.size(1);
  TagPath best;
  best.log_probability = -std::numeric_limits<double>::infinity();
  const auto all = static_cast<std::int64_t>(std::pow(tags, words));
  for (std::int64_t number = 0; number < all; ++number) {
    TagPath path;
    bool is_allowed = true;
    std::int64_t rest = number;
    for (std::int64_t word = 0; word < words; ++word, rest /= tags) {
      const std::int64_t tag = rest % tags;
      is_allowed = is_allowed &&
                   (word == 0 ? transitions.may_begin(static_cast<std::size_t>(tag))
                              : transitions.may_follow(static_cast<std::size_t>(path.tags.back()),
                                                       static_cast<std::size_t>(tag)));
      path.tags.push_back(tag);
      path.log_probability += logs[word][tag].item<double>();
    }
    if (is_allowed && path.log_probability > best.log_probability) best = path;
  }
  return best;
}

TEST(BestPath, IsTheBestOfAllLegalOnes) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(7);
  const BioTransitions transitions(kTags);
  int num_constrained = 0;
  for (int i = 0; i < 40; ++i) {
    const torch::Tensor logs =
        at::log_softmax(2 * at::randn({5, 5}, generator, at::kDouble), -1).contiguous();
    const TagPath expected = by_trying(logs, transitions);
    const TagPath found = best_path(logs, transitions);
    ASSERT_EQ(found.tags.size(), 5U);
    EXPECT_EQ(found.tags, expected.tags);
    EXPECT_NEAR(found.log_probability, expected.log_probability, 1e-12);
    num_constrained += best_tags(logs).tags != found.tags;
  }
  EXPECT_GT(num_constrained, 5) << "the constraint never mattered";
}

TEST(BestPath, OfNoWordsIsEmpty) {
  const torch::Tensor none = at::zeros({0, 5}, at::kDouble);
  EXPECT_TRUE(best_path(none, BioTransitions(kTags)).tags.empty());
  EXPECT_TRUE(best_tags(none).tags.empty());
}

}  // namespace
}  // namespace regard
