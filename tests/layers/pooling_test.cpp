#include "regard/layers/pooling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using torch::Tensor;

constexpr std::int64_t kPoolWidth = 6;

/// Three sequences of 5, 2 and 1 states.
struct Ragged {
  Tensor states = at::randn({3, 5, kPoolWidth}, at::make_generator<at::CPUGeneratorImpl>(3));
  SequenceMask mask = make_sequence_mask(at::tensor({5, 2, 1}, at::kLong), 5);
  std::vector<std::int64_t> lengths = {5, 2, 1};

  /// Whose padding holds other numbers.
  Tensor with_other_padding() const {
    const Tensor is_real = mask.allowed.squeeze(1).transpose(1, 2);
    return at::where(is_real, states, at::full_like(states, 1e6));
  }
};

Pooling pooling_of(const PoolOptions& options, std::uint64_t seed = 5) {
  Pooling pool(options, kPoolWidth, 0.0, "pool");
  initialise_parameters(*pool, seed);
  torch::NoGradGuard no_grad;
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  for (Tensor& parameter : pool->parameters())
    parameter.add_(at::randn(parameter.sizes(), generator), 0.3);
  return pool;
}

PoolOptions attention_pool(const std::string& score, Granularity granularity = Granularity::head,
                           ScoreActivation activation = ScoreActivation::tanh) {
  PoolOptions options;
  options.attention.emplace();
  options.attention->score = score;
  options.attention->granularity = granularity;
  options.attention->activation = activation;
  return options;
}

Tensor weight_of(const Pooling& pool, const std::string& name) {
  return pool->named_parameters()["attention.score." + name];
}

TEST(Pooling, PlainKindsAreWhatTheySay) {
  const Ragged data;
  PoolOptions options;
  options.kinds = {PoolKind::mean, PoolKind::max, PoolKind::first, PoolKind::last};
  const Tensor pooled = pooling_of(options)->forward(data.states, data.mask, {}, nullptr);
  ASSERT_EQ(pooled.sizes(), (std::vector<std::int64_t>{3, 4 * kPoolWidth}));
  ASSERT_EQ(pooled_width(options, kPoolWidth), 4 * kPoolWidth);
  for (std::int64_t row = 0; row < 3; ++row) {
    const Tensor real = data.states[row].narrow(0, 0, data.lengths[static_cast<std::size_t>(row)]);
    expect_near(pooled[row], at::cat({real.mean(0), real.amax(0), real[0], real[real.size(0) - 1]}),
                1e-6);
  }
}

TEST(Pooling, NothingChosenIsTheMean) {
  const Ragged data;
  PoolOptions mean;
  mean.kinds = {PoolKind::mean};
  expect_identical(pooling_of({})->forward(data.states, data.mask, {}, nullptr),
                   pooling_of(mean)->forward(data.states, data.mask, {}, nullptr));
}

/// Yang et al. 2016, eq. 5-7: u = tanh(W h + b), weights softmax(u . v), their mean of h.
TEST(Pooling, AdditiveAttentionIsThatOfHierarchicalNetworks) {
  const Ragged data;
  const Pooling pool = pooling_of(attention_pool("additive"));
  std::vector<AttentionRecord> records;
  const Tensor pooled = pool->forward(data.states, data.mask, {}, &records);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].name, "pool");
  ASSERT_EQ(records[0].weights.sizes(), (std::vector<std::int64_t>{3, 1, 1, 5}));
  const Tensor key = weight_of(pool, "key_weight")[0];  // [width, hidden]
  // The constant query adds its own row to the bias.
  const Tensor bias = (weight_of(pool, "bias") + weight_of(pool, "query_weight"))[0][0];
  const Tensor vector = weight_of(pool, "vector")[0][0];
  for (std::int64_t row = 0; row < 3; ++row) {
    const std::int64_t length = data.lengths[static_cast<std::size_t>(row)];
    const Tensor real = data.states[row].narrow(0, 0, length);
    const Tensor weights = at::softmax(at::tanh(at::matmul(real, key) + bias).matmul(vector), 0);
    expect_near(records[0].weights[row][0][0].narrow(0, 0, length), weights, 1e-6);
    expect_near(pooled[row], weights.matmul(real), 1e-5);
    EXPECT_EQ(records[0].weights[row].narrow(2, length, 5 - length).abs().sum().item<double>(), 0);
  }
}

/// Shen et al. 2018, source2token: weights of each feature from M elu(W h + b).
TEST(Pooling, AttentionByFeatureIsSourceToToken) {
  const Ragged data;
  const Pooling pool =
      pooling_of(attention_pool("additive", Granularity::feature, ScoreActivation::elu));
  const Tensor pooled = pool->forward(data.states, data.mask, {}, nullptr);
  const Tensor key = weight_of(pool, "key_weight");
  ASSERT_EQ(key.sizes(), (std::vector<std::int64_t>{kPoolWidth, kPoolWidth}));
  const Tensor bias = weight_of(pool, "bias") + weight_of(pool, "query_weight")[0];
  const Tensor matrix = weight_of(pool, "matrix");
  for (std::int64_t row = 0; row < 3; ++row) {
    const Tensor real = data.states[row].narrow(0, 0, data.lengths[static_cast<std::size_t>(row)]);
    const Tensor scores = at::elu(at::matmul(real, key) + bias).matmul(matrix.t());
    expect_near(pooled[row], (at::softmax(scores, 0) * real).sum(0), 1e-5);
  }
}

/// Row R18: a sequence of one state is that state; what stands in padding means nothing.
TEST(Pooling, OfOneStateItIsThatStateAndPaddingMeansNothing) {
  const Ragged data;
  for (const auto& options :
       {attention_pool("additive"),
        attention_pool("additive", Granularity::feature, ScoreActivation::elu),
        attention_pool("dot"), attention_pool("general")}) {
    const Pooling pool = pooling_of(options);
    const Tensor pooled = pool->forward(data.states, data.mask, {}, nullptr);
    ASSERT_EQ(pooled.size(1), kPoolWidth);
    expect_near(pooled[2], data.states[2][0], 1e-6);
    expect_near(pool->forward(data.with_other_padding(), data.mask, {}, nullptr), pooled, 1e-4);
  }
}

TEST(Pooling, OtherScoresLearnAQuery) {
  const Pooling pool = pooling_of(attention_pool("dot"));
  ASSERT_TRUE(pool->named_parameters().contains("query"));
  const Ragged data;
  const Tensor query = pool->named_parameters()["query"];
  const Tensor pooled = pool->forward(data.states, data.mask, {}, nullptr);
  const Tensor weights = at::softmax(data.states[0].matmul(query), 0);
  expect_near(pooled[0], weights.matmul(data.states[0]), 1e-5);
}

TEST(PoolOptions, RefuseWhatAWeightedMeanCannotBe) {
  PoolOptions options = attention_pool("additive");
  options.attention->heads = 4;
  options.attention->project = AttentionProjection::qkv;
  config::Checks checks;
  PoolOptions::check(options, checks);
  std::vector<std::string> paths;
  for (const auto& failure : checks.failures())
    paths.push_back(failure.path);
  EXPECT_THAT(paths, testing::IsSupersetOf({"attention.heads", "attention.project"}));
}

}  // namespace
}  // namespace regard
