// A distribution for each feature of the values ("multi-dimensional" attention).
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/attention/attention.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

#include "attention/attention_grid.h"
#include "support/tensor_near.h"

namespace regard::attention {
namespace {

using test::expect_identical;
using test::expect_near;
using test::explicit_path;
using test::fused;
using test::kBatch;
using test::kDim;
using test::kMemoryDim;
using test::kPositions;
using test::normal;
using test::random_attention;
using torch::Tensor;

constexpr std::int64_t kFeatureQueries = 4;
constexpr std::int64_t kFeatureKeys = 6;
constexpr double kClip = 5.0;

AttentionOptions of_features(double clip = 0.0) {
  AttentionOptions options;
  options.heads = 1;
  options.score = "additive";
  options.granularity = Granularity::feature;
  options.clip = clip;
  return options;
}

AttentionOptions plain_features(double clip = 0.0) {
  AttentionOptions options = of_features(clip);
  options.project = AttentionProjection::none;
  return options;
}

std::shared_ptr<Score> random_score(const AttentionOptions& options) {
  auto score = make_score(options, StrategySizes{kDim, kMemoryDim, kDim});
  test::randomise_parameters(*score, 5);
  return score;
}

Tensor module_parameter(const torch::nn::Module& module, const std::string& name) {
  return module.named_parameters()[name].detach();
}

/// W q + U k + b of one query and one key.
Tensor sum_of(const torch::nn::Module& score, const Tensor& query, const Tensor& key) {
  return at::matmul(query, module_parameter(score, "query_weight")) +
         at::matmul(key, module_parameter(score, "key_weight")) + module_parameter(score, "bias");
}

TEST(FeatureScore, IsTheNetworkPairByPair) {
  const Tensor query = normal({2, 1, kFeatureQueries, kDim}, 1);
  const Tensor key = normal({2, 1, kFeatureKeys, kMemoryDim}, 2);
  for (const ScoreActivation activation : {ScoreActivation::tanh, ScoreActivation::elu}) {
    for (const std::int64_t hidden : {0, 7}) {
      AttentionOptions options = of_features();
      options.activation = activation;
      options.hidden = hidden;
      const auto score = random_score(options);
      ASSERT_EQ(module_parameter(*score, "matrix").sizes(),
                at::IntArrayRef({kMemoryDim, hidden > 0 ? hidden : kDim}));
      EXPECT_EQ(score->distributions(1), kMemoryDim);
      const Tensor scores = score->score(query, key);
      ASSERT_EQ(scores.sizes(), at::IntArrayRef({2, kMemoryDim, kFeatureQueries, kFeatureKeys}));
      for (std::int64_t q = 0; q < kFeatureQueries; ++q) {
        for (std::int64_t k = 0; k < kFeatureKeys; ++k) {
          const Tensor sum = sum_of(*score, query[1][0][q], key[1][0][k]);
          const Tensor layer = activation == ScoreActivation::tanh
                                   ? sum.tanh()
                                   : at::where(sum > 0, sum, sum.exp() - 1.0);
          const Tensor expected = at::mv(module_parameter(*score, "matrix"), layer);
          expect_near(scores[1].select(1, q).select(1, k), expected, 1e-12);
        }
      }
    }
  }
}

TEST(FeatureScore, WithClipIsTheSumItself) {
  const auto score = random_score(of_features(kClip));
  EXPECT_EQ(score->named_parameters().find("matrix"), nullptr);
  const Tensor query = normal({2, 1, kFeatureQueries, kDim}, 1);
  const Tensor key = normal({2, 1, kFeatureKeys, kMemoryDim}, 2);
  const Tensor scores = score->score(query, key);
  ASSERT_EQ(scores.sizes(), at::IntArrayRef({2, kMemoryDim, kFeatureQueries, kFeatureKeys}));
  for (std::int64_t q = 0; q < kFeatureQueries; ++q) {
    for (std::int64_t k = 0; k < kFeatureKeys; ++k) {
      expect_near(scores[1].select(1, q).select(1, k), sum_of(*score, query[1][0][q], key[1][0][k]),
                  1e-12);
    }
  }
}

/// Rows of the matrix that are one vector v: the scalar additive score with that v.
TEST(FeatureScore, WithTiedRowsIsTheScalarScore) {
  const auto score = random_score(of_features());
  AttentionOptions scalar_options = of_features();
  scalar_options.granularity = Granularity::head;
  const auto scalar = random_score(scalar_options);
  {
    torch::NoGradGuard no_grad;
    Tensor matrix = score->named_parameters()["matrix"];
    matrix.copy_(matrix[0].clone().expand_as(matrix));
    const auto of_scalar = scalar->named_parameters();
    of_scalar["query_weight"][0].copy_(module_parameter(*score, "query_weight"));
    of_scalar["key_weight"][0].copy_(module_parameter(*score, "key_weight"));
    of_scalar["bias"][0][0].copy_(module_parameter(*score, "bias"));
    of_scalar["vector"][0][0].copy_(matrix[0]);
  }
  const Tensor query = normal({2, 1, kFeatureQueries, kDim}, 1);
  const Tensor key = normal({2, 1, kFeatureKeys, kMemoryDim}, 2);
  const Tensor expected = scalar->score(query, key).detach();
  ASSERT_EQ(expected.sizes(), at::IntArrayRef({2, 1, kFeatureQueries, kFeatureKeys}));
  expect_near(score->score(query, key).detach(),
              expected.expand({2, kMemoryDim, kFeatureQueries, kFeatureKeys}).contiguous(), 1e-12);
}

/// DiSAN: f = c tanh((W1 h_i + W2 h_j + b) / c), P = softmax over j, s_i = sum_j P_ij * h_j.
TEST(FeatureAttention, WithClipIsDisanPairByPair) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 3);
  for (const AttentionMask mask : {AttentionMask::none, AttentionMask::forward}) {
    AttentionOptions options = plain_features(kClip);
    options.mask = mask;
    const Attention attention = random_attention(options);
    const auto score = attention->named_modules()["score"];
    const AttentionResult result = attention->attend_self(x, {}, explicit_path());
    for (std::int64_t i = 0; i < kPositions; ++i) {
      const std::int64_t seen = mask == AttentionMask::none ? kPositions : i;
      if (seen == 0) {  // the first token of the forward direction
        expect_identical(result.context[1][i].detach(), at::zeros({kDim}, torch::kDouble));
        continue;
      }
      std::vector<Tensor> scores;
      for (std::int64_t j = 0; j < seen; ++j)
        scores.push_back(kClip * at::tanh(sum_of(*score, x[1][i], x[1][j]) / kClip));
      const Tensor weights = at::softmax(at::stack(scores), 0);  // [seen, features]
      expect_near(result.context[1][i].detach(), (weights * x[1].narrow(0, 0, seen)).sum(0), 1e-12);
      expect_near(result.weights[1].select(1, i).narrow(1, 0, seen).detach(), weights.t(), 1e-12);
    }
  }
}

TEST(FeatureAttention, HasADistributionForEachFeature) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 3);
  const SequenceMask mask = test::GridCase::mask_of({5, 1, 3});
  for (const AttentionOptions& options : {of_features(), of_features(kClip), plain_features()}) {
    const Attention attention = random_attention(options);
    const Tensor weights = attention->attend_self(x, mask, explicit_path()).weights.detach();
    ASSERT_EQ(weights.sizes(), at::IntArrayRef({kBatch, kDim, kPositions, kPositions}));
    expect_near(weights.sum(-1), at::ones({kBatch, kDim, kPositions}, torch::kDouble), 1e-12);
    const Tensor spread = weights[0].std(0, /*unbiased=*/false);  // over the features
    EXPECT_GT(spread.max().item<double>(), 0.01);
  }
}

TEST(FeatureAttention, ItsContextIsTheSumFeatureByFeature) {
  const Tensor x = normal({kBatch, kFeatureQueries, kDim}, 3);
  const Tensor source = normal({kBatch, kPositions, kMemoryDim}, 4);
  const SequenceMask mask = test::GridCase::mask_of({5, 1, 3});
  const Attention attention = random_attention(plain_features(), kMemoryDim);
  ASSERT_EQ(attention->context_dim(), kMemoryDim);
  const AttentionResult result =
      attention->attend(x, attention->project(source, mask), explicit_path());
  ASSERT_EQ(result.context.sizes(), at::IntArrayRef({kBatch, kFeatureQueries, kMemoryDim}));
  for (std::int64_t b = 0; b < kBatch; ++b) {
    for (std::int64_t i = 0; i < kFeatureQueries; ++i) {
      for (std::int64_t c = 0; c < kMemoryDim; ++c) {
        double sum = 0.0;
        for (std::int64_t j = 0; j < kPositions; ++j)
          sum += result.weights[b][c][i][j].item<double>() * source[b][j][c].item<double>();
        EXPECT_NEAR(result.context[b][i][c].item<double>(), sum, 1e-12);
      }
    }
  }
}

/// The same attention as that of one head, when all features share a distribution.
TEST(FeatureAttention, WithTiedRowsIsTheScalarAttention) {
  const Attention features = random_attention(of_features(), kMemoryDim);
  AttentionOptions options = of_features();
  options.granularity = Granularity::head;
  const Attention scalar = random_attention(options, kMemoryDim);
  {
    torch::NoGradGuard no_grad;
    Tensor matrix = features->named_parameters()["score.matrix"];
    matrix.copy_(matrix[3].clone().expand_as(matrix));
    const auto from = features->named_parameters();
    for (const auto& item : scalar->named_parameters()) {
      const bool is_vector = item.key() == "score.vector";
      const Tensor value = is_vector ? matrix[3] : from[item.key()];
      item.value().copy_(value.view(item.value().sizes()));
    }
  }
  const Tensor x = normal({kBatch, kFeatureQueries, kDim}, 3);
  const Tensor source = normal({kBatch, kPositions, kMemoryDim}, 4);
  const SequenceMask mask = test::GridCase::mask_of({5, 1, 3});
  const auto result_of = [&](const Attention& attention) {
    return attention->attend(x, attention->project(source, mask), explicit_path());
  };
  const AttentionResult actual = result_of(features);
  const AttentionResult expected = result_of(scalar);
  expect_near(actual.context.detach(), expected.context.detach(), 1e-12);
  expect_near(actual.weights.detach(), expected.weights.detach().expand_as(actual.weights), 1e-12);
}

TEST(FeatureAttention, OfOneTokenIsThatToken) {
  const Tensor x = normal({kBatch, 1, kDim}, 3);
  for (const double clip : {0.0, kClip}) {
    const Attention attention = random_attention(plain_features(clip));
    for (const AttentionCall& call : {fused(), explicit_path()})
      expect_near(attention->attend_self(x, {}, call).context.detach(), x, 1e-15);
  }
}

TEST(FeatureAttention, OfOneFeatureIsAttentionOfOneHead) {
  AttentionOptions options = plain_features();
  Attention features(options, AttentionSizes{1, 1, 0.0});
  options.granularity = Granularity::head;
  Attention head(options, AttentionSizes{1, 1, 0.0});
  test::randomise_parameters(*features, 1);
  head->to(torch::kDouble);
  {
    torch::NoGradGuard no_grad;
    const auto from = features->named_parameters();
    for (const auto& item : head->named_parameters()) {
      const bool is_vector = item.key() == "score.vector";
      const Tensor value = from[is_vector ? "score.matrix" : item.key()];
      item.value().copy_(value.view(item.value().sizes()));
    }
  }
  const Tensor x = normal({kBatch, kPositions, 1}, 3);
  expect_near(features->attend_self(x, {}, explicit_path()).context.detach(),
              head->attend_self(x, {}, explicit_path()).context.detach(), 1e-12);
}

TEST(FeatureAttention, LearnsFromItsFirstStep) {
  for (const AttentionOptions& options : {of_features(), of_features(kClip)}) {
    Attention attention(options, AttentionSizes{kDim, kDim, 0.0});
    initialise_parameters(*attention, 1);
    const Tensor x = normal({kBatch, kPositions, kDim}, 3, torch::kFloat);
    const Tensor c = normal({kBatch, kPositions, kDim}, 4, torch::kFloat);
    (attention->attend_self(x, {}, fused()).context * c).sum().backward();
    for (const auto& item : attention->named_parameters()) {
      if (!item.key().starts_with("score.")) continue;
      EXPECT_GT(item.value().grad().abs().max().item<double>(), 1e-4) << item.key();
    }
  }
}

}  // namespace
}  // namespace regard::attention
