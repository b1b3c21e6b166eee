#include "regard/attention/strategies.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/attention/attention.h"
#include "regard/attention/facts.h"
#include "regard/attention/masks.h"
#include "regard/core/error.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard::attention {
namespace {

using test::expect_near;
using test::normal;
using testing::HasSubstr;
using torch::Tensor;

/// Of three heads whose queries and keys have one width.
StrategySizes sizes_of(std::int64_t head_dim) {
  return {head_dim, head_dim, 3 * head_dim};
}

std::shared_ptr<Score> score_named(const std::string& name, std::int64_t head_dim,
                                   std::int64_t max_source = 8) {
  AttentionOptions options;
  options.score = name;
  options.heads = 3;
  options.max_source = max_source;
  const auto score = make_score(options, sizes_of(head_dim));
  test::randomise_parameters(*score, 5);
  return score;
}

Tensor parameter(const std::shared_ptr<Score>& score, const std::string& name) {
  return score->named_parameters()[name].detach();
}

TEST(Score, ScaledDotAndDotAreThatProduct) {
  const Tensor query = normal({2, 3, 4, 5}, 1);
  const Tensor key = normal({2, 3, 6, 5}, 2);
  const Tensor products = (query.unsqueeze(3) * key.unsqueeze(2)).sum(-1);  // [2, 3, 4, 6]
  expect_near(score_named("dot", 5)->score(query, key), products, 1e-12);
  expect_near(score_named("scaled_dot", 5)->score(query, key), products / std::sqrt(5.0), 1e-12);
}

TEST(Score, EqualsTheFusedKernelOfItsScale) {
  const Tensor query = normal({2, 3, 4, 5}, 1);
  const Tensor key = normal({2, 3, 6, 5}, 2);
  const Tensor value = normal({2, 3, 6, 5}, 3);
  const Tensor allowed = normal({2, 1, 4, 6}, 4) > -0.5;
  ASSERT_TRUE(allowed.any(-1).all().item<bool>());
  for (const std::string& name : score_names()) {
    SCOPED_TRACE(name);
    const auto score = score_named(name, 5);
    const auto scale = score->fused_scale();
    if (!scale) continue;
    for (const Tensor& mask : {Tensor(), allowed}) {
      const Tensor fused = at::scaled_dot_product_attention(
          score->prepare_query(query), score->prepare_key(key), value,
          mask.defined() ? std::optional<Tensor>(mask) : std::nullopt, 0.0, false, *scale);
      const Tensor weights = masked_softmax(score->score(query, key), mask);
      expect_near(at::matmul(weights, value), fused, 1e-12);
    }
  }
  // The kernel's own scale is 1 / sqrt(head_dim).
  const Tensor weights = at::softmax(score_named("scaled_dot", 5)->score(query, key), -1);
  expect_near(at::matmul(weights, value), at::scaled_dot_product_attention(query, key, value),
              1e-12);
}

TEST(Score, GeneralIsTheBilinearForm) {
  const Tensor query = normal({2, 3, 4, 5}, 1);
  const Tensor key = normal({2, 3, 6, 5}, 2);
  const auto general = score_named("general", 5);
  const Tensor weight = parameter(general, "weight");  // [heads, 5, 5]
  const Tensor expected = at::einsum("bhqi,hij,bhkj->bhqk", {query, weight, key});
  expect_near(general->score(query, key), expected, 1e-12);
}

TEST(Score, GeneralWithTheIdentityIsDot) {
  const Tensor query = normal({2, 3, 4, 5}, 1);
  const Tensor key = normal({2, 3, 6, 5}, 2);
  const auto general = score_named("general", 5);
  {
    torch::NoGradGuard no_grad;
    general->named_parameters()["weight"].copy_(at::eye(5, torch::kDouble).expand({3, 5, 5}));
  }
  expect_near(general->score(query, key), score_named("dot", 5)->score(query, key), 1e-12);
}

/// Of one query and one key at a time, with [W; U] as one matrix over their concatenation.
TEST(Score, AdditiveIsTheNetworkOverTheConcatenation) {
  const Tensor query = normal({2, 3, 4, 5}, 1);
  const Tensor key = normal({2, 3, 6, 5}, 2);
  for (const ScoreActivation activation : {ScoreActivation::tanh, ScoreActivation::elu}) {
    AttentionOptions options;
    options.score = activation == ScoreActivation::tanh ? "concat" : "mlp";
    options.heads = 3;
    options.hidden = 7;
    options.activation = activation;
    const auto additive = make_score(options, sizes_of(5));
    test::randomise_parameters(*additive, 5);
    const Tensor both =
        at::cat({parameter(additive, "query_weight"), parameter(additive, "key_weight")}, 1);
    ASSERT_EQ(both.sizes(), at::IntArrayRef({3, 10, 7}));
    const Tensor scores = additive->score(query, key);
    for (std::int64_t h = 0; h < 3; ++h) {
      for (std::int64_t q = 0; q < 4; ++q) {
        for (std::int64_t k = 0; k < 6; ++k) {
          const Tensor input = at::cat({query[1][h][q], key[1][h][k]});
          const Tensor sum = at::matmul(input, both[h]) + parameter(additive, "bias")[h][0];
          const Tensor hidden = activation == ScoreActivation::tanh
                                    ? sum.tanh()
                                    : at::where(sum > 0, sum, sum.exp() - 1.0);
          const Tensor expected = hidden.dot(parameter(additive, "vector")[h][0]);
          expect_near(scores[1][h][q][k], expected, 1e-12);
        }
      }
    }
  }
}

TEST(Score, AdditiveWithoutAVectorSharesTheWeightEqually) {
  const auto additive = score_named("additive", 5);
  {
    torch::NoGradGuard no_grad;
    additive->named_parameters()["vector"].zero_();
  }
  const Tensor scores = additive->score(normal({2, 3, 4, 5}, 1), normal({2, 3, 6, 5}, 2));
  expect_near(at::softmax(scores, -1), at::full_like(scores, 1.0 / 6.0), 1e-15);
}

TEST(Score, CosineIsScaleInvariant) {
  const Tensor query = normal({2, 3, 4, 5}, 1);
  const Tensor key = normal({2, 3, 6, 5}, 2);
  const auto cosine = score_named("cosine", 5);
  const Tensor scores = cosine->score(query, key);
  expect_near(cosine->score(query * 7.0, key * 0.01), scores, 1e-12);
  const Tensor expected =
      at::cosine_similarity(query.unsqueeze(3), key.unsqueeze(2), -1) * parameter(cosine, "scale");
  expect_near(scores, expected, 1e-12);
  EXPECT_TRUE(at::isfinite(cosine->score(at::zeros_like(query), key)).all().item<bool>());
}

TEST(Score, CosineStartsSharpEnoughToFindAMatchAmongThirty) {
  AttentionOptions options;
  options.score = "cosine";
  options.heads = 1;
  const auto cosine = make_score(options, sizes_of(30));
  initialise_parameters(*cosine, 1);
  const Tensor keys = at::eye(30).view({1, 1, 30, 30});
  const Tensor weights = at::softmax(cosine->score(keys, keys), -1);
  EXPECT_GT(weights[0][0].diagonal().min().item<double>(), 0.9);
}

TEST(Score, ScaledDotOfUnitGaussiansHasVarianceOne) {
  for (const std::int64_t head_dim : {4, 64, 256}) {
    const Tensor scores =
        score_named("scaled_dot", head_dim)
            ->score(normal({1, 1, 2000, head_dim}, 1), normal({1, 1, 2000, head_dim}, 2));
    EXPECT_NEAR(scores.var().item<double>(), 1.0, 0.1) << head_dim;
  }
}

AttentionOptions of_location(std::int64_t max_source) {
  AttentionOptions options;
  options.score = "location";
  options.heads = 1;
  options.max_source = max_source;
  return options;
}

TEST(LocationScore, IsAMatrixOfTheQueryAlone) {
  const Tensor query = normal({2, 1, 4, 5}, 1);
  for (const std::int64_t max_source : {3, 6, 9}) {
    const auto location = make_score(of_location(max_source), {5, 7, 5});
    test::randomise_parameters(*location, 5);
    const Tensor expected = at::matmul(query, parameter(location, "weight").t());
    ASSERT_EQ(expected.size(-1), max_source);
    const std::int64_t known = std::min<std::int64_t>(max_source, 6);
    const Tensor scores = location->score(query, normal({2, 1, 6, 7}, 2)).detach();
    ASSERT_EQ(scores.sizes(), at::IntArrayRef({2, 1, 4, 6}));
    expect_near(scores.narrow(-1, 0, known), expected.narrow(-1, 0, known), 1e-12);
    test::expect_identical(location->score(query, normal({2, 1, 6, 7}, 3)).detach(), scores);
    EXPECT_EQ(location->max_keys(), std::optional<std::int64_t>(max_source));
  }
  EXPECT_FALSE(score_named("general", 5)->max_keys());
}

TEST(LocationScore, WeightsAreThoseOfTheFirstKeys) {
  AttentionOptions options = of_location(3);
  options.project = AttentionProjection::none;
  Attention attention(options, AttentionSizes{5, 7, 0.0});
  test::randomise_parameters(*attention, 5);
  const Tensor query = normal({3, 4, 5}, 1);
  const Tensor source = normal({3, 6, 7}, 2);
  const SequenceMask mask = make_sequence_mask(torch::tensor({6, 2, 3}, torch::kInt64), 6);
  const ForwardContext evaluation;
  const auto weights_of = [&](const Tensor& of) {
    return attention->attend(query, attention->project(of, mask), {evaluation, true, 0})
        .weights.detach();
  };
  const Tensor weights = weights_of(source);
  test::expect_identical(weights_of(normal({3, 6, 7}, 3)), weights);  // keys count for nothing
  const Tensor scores =
      at::matmul(query, attention->named_parameters()["score.weight"].t()).detach();
  const std::vector<std::int64_t> known = {3, 2, 3};
  for (std::int64_t b = 0; b < 3; ++b) {
    const std::int64_t count = known[static_cast<std::size_t>(b)];
    const Tensor row = weights[b][0];  // [queries, keys]
    expect_near(row.narrow(1, 0, count), at::softmax(scores[b].narrow(1, 0, count), -1), 1e-12);
    test::expect_identical(row.narrow(1, count, 6 - count),
                           at::zeros({4, 6 - count}, torch::kDouble));
  }
}

TEST(Score, HasTheShapeItDeclares) {
  for (const std::string& name : score_names()) {
    const auto score = score_named(name, 5);
    score->to(torch::kFloat);
    const Tensor scores = score->score(normal({2, 3, 4, 5}, 1).to(torch::kFloat),
                                       normal({2, 3, 6, 5}, 2).to(torch::kFloat));
    EXPECT_EQ(scores.sizes(), at::IntArrayRef({2, score->distributions(3), 4, 6})) << name;
  }
}

TEST(StrategyRegistry, NamesAreUniqueAndExplained) {
  const std::vector<std::string> scores = score_names();
  const std::vector<std::string> aligns = align_names();
  EXPECT_THAT(scores, testing::IsSupersetOf(
                          {"scaled_dot", "dot", "general", "additive", "cosine", "location"}));
  EXPECT_THAT(aligns, testing::Contains("softmax"));
  EXPECT_EQ(std::set<std::string>(scores.begin(), scores.end()).size(), scores.size());
  EXPECT_EQ(std::set<std::string>(aligns.begin(), aligns.end()).size(), aligns.size());
  for (const ScoreFacts& facts : score_facts()) {
    EXPECT_FALSE(facts.equation.empty() || facts.paper.empty() || facts.weights.empty())
        << facts.name;
  }
  for (const AlignFacts& facts : align_facts())
    EXPECT_FALSE(facts.equation.empty() || facts.paper.empty()) << facts.name;
}

TEST(StrategyRegistry, RefusesANameThatIsNotRegistered) {
  AttentionOptions options;
  options.score = "scaled_dots";
  options.align = "soft";
  const auto text_of = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const UserError& error) {
      return error.what();
    }
    return "nothing thrown";
  };
  EXPECT_THAT(
      text_of([&] { make_score(options, sizes_of(4)); }),
      HasSubstr("attention: 'scaled_dots' is unknown. Fix: use one of scaled_dot, dot, general"));
  EXPECT_THAT(text_of([&] { make_align(options, sizes_of(4)); }),
              HasSubstr("attention: 'soft' is unknown. Fix: use one of softmax"));
}

}  // namespace
}  // namespace regard::attention
