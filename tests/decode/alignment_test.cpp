#include "regard/engine/alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/decode/module_model.h"
#include "regard/tensor/torch.h"

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
using testing::HasSubstr;
using testing::IsEmpty;
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

Tensor matrix_tensor(const AttentionMatrix& matrix) {
  return at::tensor(matrix.values).view({matrix.targets, matrix.sources});
}

std::vector<Tensor> tensors_of(const std::vector<AttentionMatrix>& matrices) {
  std::vector<Tensor> tensors;
  for (const AttentionMatrix& matrix : matrices)
    tensors.push_back(matrix_tensor(matrix));
  return tensors;
}

/// Of a model of packed weights, which no longer needs its modules.
Models packed_alone(Seq2Seq model) {
  const std::shared_ptr<const TranslationModel> packed =
      std::make_shared<PackedModel>(pack_model(*model, WeightType::float32));
  return {packed};
}

std::vector<Tensor> maps_of(const Models& models, const std::vector<TokenPair>& pairs,
                            const AlignmentOptions& options) {
  return tensors_of(cross_attention(models, pairs, {}, options));
}

/// By modules, and the same by packed weights.
std::vector<Tensor> maps_of(Seq2Seq model, const std::vector<TokenPair>& pairs,
                            const AlignmentOptions& options) {
  const std::vector<Tensor> maps = maps_of(module_models({&*model}), pairs, options);
  const std::vector<Tensor> packed = maps_of(packed_alone(model), pairs, options);
  EXPECT_EQ(packed.size(), maps.size());
  for (std::size_t i = 0; i < maps.size(); ++i) {
    if (maps[i].numel() > 0) expect_near(packed.at(i), maps[i], 1e-5);
    EXPECT_EQ(packed.at(i).sizes(), maps[i].sizes());
  }
  return maps;
}

TEST(CrossAttention, IsWhatTheDecoderLooksAtWhenItSaysEachToken) {
  Seq2Seq model = tiny_model(kVocabulary, 2);
  const Pairs pairs;
  const auto means = maps_of(model, pairs.all(), {});
  ASSERT_THAT(means, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    const Tensor expected = stepped(model, pairs.sources[i], pairs.targets[i]);
    ASSERT_EQ(expected.sizes(), (std::vector<std::int64_t>{2, 2, std::ssize(pairs.targets[i]) + 1,
                                                           std::ssize(pairs.sources[i]) + 1}));
    expect_near(means[i], without_marks(expected.mean(0).mean(0)), 1e-5);
    const Tensor end = expected.mean(0).mean(0).select(-1, -1).narrow(0, 0, means[i].size(0));
    expect_near(means[i].sum(1) + end, at::ones({means[i].size(0)}), 1e-5);
    EXPECT_GT(end.min().item<double>(), 1e-3) << "the dropped column could not be seen";
    for (const std::int64_t layer : {-1, 0, 1}) {
      for (const std::int64_t head : {-1, 0, 1}) {
        Tensor chosen = layer < 0 ? expected.mean(0) : expected[layer];  // [heads, ...]
        chosen = head < 0 ? chosen.mean(0) : chosen[head];
        const auto one = maps_of(model, pairs.all(), {layer, head});
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
    seen.push_back(maps_of(model, pairs.all(), {layer, head}).at(0));
    for (std::size_t i = 0; i + 1 < seen.size(); ++i)
      EXPECT_GT((seen[i] - seen.back()).abs().max().item<double>(), 1e-3);
  }
}

TEST(CrossAttention, OfAPairDoesNotDependOnItsBatch) {
  Seq2Seq model = tiny_model(kVocabulary, 5);
  const Pairs pairs;
  const auto together = maps_of(model, pairs.all(), {1, 0});
  ASSERT_THAT(together, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    const auto alone = maps_of(model, {pairs.all()[i]}, {1, 0});
    ASSERT_THAT(alone, SizeIs(1));
    expect_near(together[i], alone[0], 1e-6);
  }
}

TEST(CrossAttention, OfSeveralModelsIsTheirMean) {
  Seq2Seq first = tiny_model(kVocabulary, 1);
  Seq2Seq second = tiny_model(kVocabulary, 2);
  const Pairs pairs;
  const auto both = maps_of(module_models({&*first, &*second}), pairs.all(), {0, 1});
  const auto one = maps_of(first, pairs.all(), {0, 1});
  const auto other = maps_of(second, pairs.all(), {0, 1});
  ASSERT_THAT(both, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    expect_near(both[i], (one.at(i) + other.at(i)) / 2.0, 1e-6);
    EXPECT_GT((one[i] - other[i]).abs().max().item<double>(), 1e-4);
  }
}

TEST(CrossAttention, OfNothingIsNothing) {
  Seq2Seq model = tiny_model(kVocabulary, 1);
  EXPECT_THAT(maps_of(model, {}, {}), IsEmpty());
  const std::vector<std::int32_t> source = {4, 5, 6};
  const auto weights = maps_of(model, {{source, {}}}, {});
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
  expect_user_error(module_models({&*model}), {2, -1}, "alignment layer 2");
  expect_user_error(module_models({&*model}), {-1, 2}, "alignment head 2");
  expect_user_error(packed_alone(model), {2, -1}, "alignment layer 2");
  expect_user_error(packed_alone(model), {-1, 2}, "alignment head 2");
  expect_user_error(module_models({&*model}), {1, 5}, "it has 2 heads. Fix: use 0 to 1");
  ModelOptions small = test::tiny_options();
  small.layers = 1;
  Seq2Seq one_layer = tiny_model(kVocabulary, 1, small);
  expect_user_error(module_models({&*model, &*one_layer}), {1, -1}, "alignment layer 1");
  ModelOptions blind = expand(test::tiny_options());
  std::erase_if(blind.decoder->blocks->sublayers, [](const SublayerOptions& sublayer) {
    return sublayer.cross_attention.has_value();
  });
  Seq2Seq without = tiny_model(kVocabulary, 1, blind);
  expect_user_error(module_models({&*without}), {}, "no cross-attention");
}

TEST(CrossAttention, TakesLayerOneNotLayerTen) {
  ModelOptions deep = test::tiny_options();
  deep.layers = 12;
  Seq2Seq model = tiny_model(kVocabulary, 1, deep);
  const Pairs pairs;
  const Tensor expected = stepped(model, pairs.sources[0], pairs.targets[0]);
  ASSERT_EQ(expected.size(0), 12);
  expect_near(maps_of(model, pairs.all(), {1, -1}).at(0), without_marks(expected[1].mean(0)), 1e-5);
  expect_near(maps_of(model, pairs.all(), {11, -1}).at(0), without_marks(expected[11].mean(0)),
              1e-5);
}

}  // namespace
}  // namespace regard
