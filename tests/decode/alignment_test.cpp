#include "regard/decode/alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "support/tensor_near.h"
#include "support/tiny_model.h"

namespace regard {
namespace {

using test::decoder_inputs_of;
using test::expect_near;
using test::random_rows;
using test::sources_of;
using test::tiny_model;
using test::TokenRows;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using torch::Tensor;

constexpr std::int64_t kVocabulary = 11;

struct Pairs {
  TokenRows sources = random_rows({5, 2, 7, 1}, kVocabulary, 3);
  TokenRows targets = random_rows({3, 6, 1, 4}, kVocabulary, 4);

  std::vector<TokenPair> all() const {
    std::vector<TokenPair> pairs;
    for (std::size_t i = 0; i < sources.size(); ++i)
      pairs.push_back({sources[i], targets[i]});
    return pairs;
  }
};

/// Cross-attention [layer, head, target + 1, source + 1] of one pair without padding, read by
/// decoding step by step: row t is what the decoder looked at when it was about to say token t.
Tensor stepped(Seq2Seq model, const std::vector<std::int32_t>& source,
               const std::vector<std::int32_t>& target) {
  torch::NoGradGuard no_grad;
  DecoderState state = model->start(model->encode(sources_of({source}), {}));
  std::vector<Tensor> rows;
  std::vector<std::int64_t> read = {2};
  read.insert(read.end(), target.begin(), target.end());
  for (const std::int64_t id : read) {
    std::vector<AttentionRecord> records;
    model->step(at::tensor({id}, at::kLong), state, &records);
    std::vector<Tensor> layers;
    for (const AttentionRecord& record : records) {
      if (record.name.find("cross_attention") != std::string::npos)
        layers.push_back(record.weights[0].select(1, 0));  // [heads, source + 1]
    }
    rows.push_back(at::stack(layers));
  }
  return at::stack(rows, 2);
}

/// Without the rows and columns of the end marks.
Tensor without_marks(const Tensor& weights) {
  return weights.narrow(-2, 0, weights.size(-2) - 1).narrow(-1, 0, weights.size(-1) - 1);
}

TEST(CrossAttention, IsWhatTheDecoderLooksAtWhenItSaysEachToken) {
  Seq2Seq model = tiny_model(kVocabulary, 2);
  const Pairs pairs;
  const auto means = cross_attention({&*model}, pairs.all(), {}, {});
  ASSERT_THAT(means, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    const Tensor expected = stepped(model, pairs.sources[i], pairs.targets[i]);
    ASSERT_EQ(expected.sizes(), (std::vector<std::int64_t>{2, 2, std::ssize(pairs.targets[i]) + 1,
                                                           std::ssize(pairs.sources[i]) + 1}));
    EXPECT_EQ(means[i].device(), torch::kCPU);
    expect_near(means[i], without_marks(expected.mean(0).mean(0)), 1e-5);
    const Tensor end = expected.mean(0).mean(0).select(-1, -1).narrow(0, 0, means[i].size(0));
    expect_near(means[i].sum(1) + end, at::ones({means[i].size(0)}), 1e-5);
    EXPECT_GT(end.min().item<double>(), 1e-3) << "the dropped column could not be seen";
    for (const std::int64_t layer : {-1, 0, 1}) {
      for (const std::int64_t head : {-1, 0, 1}) {
        Tensor chosen = layer < 0 ? expected.mean(0) : expected[layer];  // [heads, ...]
        chosen = head < 0 ? chosen.mean(0) : chosen[head];
        const auto one = cross_attention({&*model}, pairs.all(), {}, {layer, head});
        expect_near(one.at(i), without_marks(chosen), 1e-5);
      }
    }
  }
}

TEST(CrossAttention, OfLayersAndHeadsDiffers) {
  Seq2Seq model = tiny_model(kVocabulary, 2);
  const Pairs pairs;
  std::vector<Tensor> seen;
  for (const auto& [layer, head] : {std::pair{-1, -1}, {0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, -1}}) {
    seen.push_back(cross_attention({&*model}, pairs.all(), {}, {layer, head}).at(0));
    for (std::size_t i = 0; i + 1 < seen.size(); ++i)
      EXPECT_GT((seen[i] - seen.back()).abs().max().item<double>(), 1e-3);
  }
}

TEST(CrossAttention, OfAPairDoesNotDependOnItsBatch) {
  Seq2Seq model = tiny_model(kVocabulary, 5);
  const Pairs pairs;
  const auto together = cross_attention({&*model}, pairs.all(), {}, {1, 0});
  ASSERT_THAT(together, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    const auto alone = cross_attention({&*model}, {pairs.all()[i]}, {}, {1, 0});
    ASSERT_THAT(alone, SizeIs(1));
    expect_near(together[i], alone[0], 1e-6);
  }
}

TEST(CrossAttention, OfSeveralModelsIsTheirMean) {
  Seq2Seq first = tiny_model(kVocabulary, 1);
  Seq2Seq second = tiny_model(kVocabulary, 2);
  const Pairs pairs;
  const auto both = cross_attention({&*first, &*second}, pairs.all(), {}, {0, 1});
  const auto one = cross_attention({&*first}, pairs.all(), {}, {0, 1});
  const auto other = cross_attention({&*second}, pairs.all(), {}, {0, 1});
  ASSERT_THAT(both, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    expect_near(both[i], (one.at(i) + other.at(i)) / 2.0, 1e-6);
    EXPECT_GT((one[i] - other[i]).abs().max().item<double>(), 1e-4);
  }
}

TEST(CrossAttention, OfNothingIsNothing) {
  Seq2Seq model = tiny_model(kVocabulary, 1);
  EXPECT_THAT(cross_attention({&*model}, {}, {}, {}), IsEmpty());
  const std::vector<std::int32_t> source = {4, 5, 6};
  const auto weights = cross_attention({&*model}, {{source, {}}}, {}, {});
  ASSERT_THAT(weights, SizeIs(1));
  EXPECT_EQ(weights[0].sizes(), (std::vector<std::int64_t>{0, 3}));
}

void expect_user_error(const Models& models, const AlignmentOptions& options, const char* text) {
  const Pairs pairs;
  try {
    cross_attention(models, pairs.all(), {}, options);
    FAIL() << "no error: " << text;
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr(text));
    EXPECT_THAT(error.what(), HasSubstr("Fix: "));
  }
}

TEST(CrossAttention, ThatTheModelDoesNotHaveIsAnError) {
  Seq2Seq model = tiny_model(kVocabulary, 1);
  expect_user_error({&*model}, {2, -1}, "alignment layer 2");
  expect_user_error({&*model}, {-1, 2}, "alignment head 2");
  expect_user_error({&*model}, {1, 5}, "it has 2 heads. Fix: use 0 to 1");
  ModelOptions small = test::tiny_options();
  small.layers = 1;
  Seq2Seq one_layer = tiny_model(kVocabulary, 1, small);
  expect_user_error({&*model, &*one_layer}, {1, -1}, "alignment layer 1");
  ModelOptions blind = expand(test::tiny_options());
  std::erase_if(blind.decoder->blocks->sublayers, [](const SublayerOptions& sublayer) {
    return sublayer.cross_attention.has_value();
  });
  Seq2Seq without = tiny_model(kVocabulary, 1, blind);
  expect_user_error({&*without}, {}, "no cross-attention");
}

TEST(CrossAttention, TakesLayerOneNotLayerTen) {
  ModelOptions deep = test::tiny_options();
  deep.layers = 12;
  Seq2Seq model = tiny_model(kVocabulary, 1, deep);
  const Pairs pairs;
  const Tensor expected = stepped(model, pairs.sources[0], pairs.targets[0]);
  ASSERT_EQ(expected.size(0), 12);
  expect_near(cross_attention({&*model}, pairs.all(), {}, {1, -1}).at(0),
              without_marks(expected[1].mean(0)), 1e-5);
  expect_near(cross_attention({&*model}, pairs.all(), {}, {11, -1}).at(0),
              without_marks(expected[11].mean(0)), 1e-5);
}

using Words = std::vector<std::int64_t>;

TEST(LinkWords, LinksEachTargetWordWithTheSourceWordItLookedAtMost) {
  const Tensor weights = at::tensor({0.1f, 0.2f, 0.7f,  //
                                     0.8f, 0.1f, 0.1f})
                             .view({2, 3});
  EXPECT_THAT(link_words(weights, Words{0, 1, 2}, Words{0, 1}),
              ElementsAre(Pair(2, 0), Pair(0, 1)));
}

TEST(LinkWords, SumsOverTheSubwordsOfASourceWord) {
  const Tensor weights = at::tensor({0.4f, 0.3f, 0.3f}).view({1, 3});
  EXPECT_THAT(link_words(weights, Words{0, 1, 1}, Words{0}), ElementsAre(Pair(1, 0)));
  EXPECT_THAT(link_words(weights, Words{0, 1, 2}, Words{0}), ElementsAre(Pair(0, 0)));
}

TEST(LinkWords, AveragesOverTheSubwordsOfATargetWord) {
  // The first subword prefers word 1, the three together word 0.
  const Tensor weights = at::tensor({0.4f, 0.6f,  //
                                     0.9f, 0.1f,  //
                                     0.5f, 0.5f,  //
                                     0.0f, 1.0f})
                             .view({4, 2});
  EXPECT_THAT(link_words(weights, Words{0, 1}, Words{0, 0, 0, 1}),
              ElementsAre(Pair(0, 0), Pair(1, 1)));
}

TEST(LinkWords, TakesTheFirstOfEquals) {
  const Tensor weights = at::tensor({0.25f, 0.25f, 0.25f, 0.25f}).view({1, 4});
  EXPECT_THAT(link_words(weights, Words{0, 1, 2, 3}, Words{0}), ElementsAre(Pair(0, 0)));
  EXPECT_THAT(link_words(weights, Words{0, 1, 1, 2}, Words{0}), ElementsAre(Pair(1, 0)));
}

TEST(LinkWords, TakesAPartOfAMatrix) {
  const Tensor weights = at::tensor({0.1f, 0.2f, 9.0f,  //
                                     0.4f, 0.3f, 9.0f,  //
                                     9.0f, 9.0f, 9.0f})
                             .view({3, 3});
  EXPECT_THAT(link_words(weights.narrow(0, 0, 2).narrow(1, 0, 2), Words{0, 1}, Words{0, 1}),
              ElementsAre(Pair(1, 0), Pair(0, 1)));
}

TEST(LinkWords, GivesNoLinkToAWordWithoutSubwordsOfItsOwn) {
  // The first target subword spans words 0 and 1.
  const Tensor weights = at::tensor({0.2f, 0.8f,  //
                                     0.3f, 0.7f})
                             .view({2, 2});
  EXPECT_THAT(link_words(weights, Words{0, 1}, Words{0, 2}), ElementsAre(Pair(1, 0), Pair(1, 2)));
}

TEST(LinkWords, OfAnEmptySideAreNone) {
  EXPECT_THAT(link_words(at::zeros({0, 2}), Words{0, 1}, Words{}), IsEmpty());
  EXPECT_THAT(link_words(at::zeros({2, 0}), Words{}, Words{0, 1}), IsEmpty());
}

TEST(LinkWords, OfAnotherNumberOfSubwordsAreAMistake) {
  EXPECT_THROW(link_words(at::zeros({2, 3}), Words{0, 1}, Words{0, 1, 2}), c10::Error);
}

TEST(Pharaoh, IsSourceDashTarget) {
  EXPECT_EQ(to_pharaoh({}), "");
  EXPECT_EQ(to_pharaoh({{0, 0}}), "0-0");
  EXPECT_EQ(to_pharaoh({{2, 0}, {0, 1}, {10, 12}}), "2-0 0-1 10-12");
}

TEST(LinkWords, SubwordsOfNoWordGiveNoLinks) {
  const Tensor weights = at::eye(2);
  const std::vector<std::int64_t> none = {-1, -1};
  const std::vector<std::int64_t> words = {0, 1};
  EXPECT_THAT(link_words(weights, none, words), IsEmpty());
  EXPECT_THAT(link_words(weights, words, none), IsEmpty());
  EXPECT_THAT(link_words(weights, words, words), ElementsAre(Pair(0, 0), Pair(1, 1)));
  EXPECT_THAT(words_of_their_own(3), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace regard
