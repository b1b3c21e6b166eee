#include "regard/attention/strategies.h"

#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "regard/attention/masks.h"
#include "regard/core/error.h"

#include "support/tensor_near.h"

namespace regard::attention {
namespace {

using test::expect_near;
using test::normal;
using testing::HasSubstr;
using torch::Tensor;

std::shared_ptr<Score> score_named(const std::string& name, std::int64_t head_dim) {
  AttentionOptions options;
  options.score = name;
  return make_score(options, head_dim);
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
    const auto scale = score->fused_scale(5);
    if (!scale) continue;
    for (const Tensor& mask : {Tensor(), allowed}) {
      const Tensor fused = at::scaled_dot_product_attention(
          query, key, value, mask.defined() ? std::optional<Tensor>(mask) : std::nullopt, 0.0,
          false, *scale);
      const Tensor weights = masked_softmax(score->score(query, key), mask);
      expect_near(at::matmul(weights, value), fused, 1e-12);
    }
  }
  // The kernel's own scale is 1 / sqrt(head_dim).
  const Tensor weights = at::softmax(score_named("scaled_dot", 5)->score(query, key), -1);
  expect_near(at::matmul(weights, value), at::scaled_dot_product_attention(query, key, value),
              1e-12);
}

TEST(Score, ScaledDotOfUnitGaussiansHasVarianceOne) {
  for (const std::int64_t head_dim : {4, 64, 256}) {
    const Tensor scores =
        score_named("scaled_dot", head_dim)
            ->score(normal({1, 1, 2000, head_dim}, 1), normal({1, 1, 2000, head_dim}, 2));
    EXPECT_NEAR(scores.var().item<double>(), 1.0, 0.1) << head_dim;
  }
}

TEST(Score, HasTheShapeItDeclares) {
  for (const std::string& name : score_names()) {
    const auto score = score_named(name, 5);
    const Tensor scores = score->score(normal({2, 3, 4, 5}, 1).to(torch::kFloat),
                                       normal({2, 3, 6, 5}, 2).to(torch::kFloat));
    EXPECT_EQ(scores.sizes(), at::IntArrayRef({2, score->distributions(3), 4, 6})) << name;
  }
}

TEST(StrategyRegistry, NamesAreUniqueAndExplained) {
  const std::vector<std::string> scores = score_names();
  const std::vector<std::string> aligns = align_names();
  EXPECT_THAT(scores, testing::IsSupersetOf({"scaled_dot", "dot"}));
  EXPECT_THAT(aligns, testing::Contains("softmax"));
  EXPECT_EQ(std::set<std::string>(scores.begin(), scores.end()).size(), scores.size());
  EXPECT_EQ(std::set<std::string>(aligns.begin(), aligns.end()).size(), aligns.size());
  for (const auto& spec : score_specs()) {
    EXPECT_FALSE(spec.equation.empty()) << spec.name;
  }
  for (const auto& spec : align_specs()) {
    EXPECT_FALSE(spec.equation.empty()) << spec.name;
  }
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
  EXPECT_THAT(text_of([&] { make_score(options, 4); }),
              HasSubstr("attention: 'scaled_dots' is not known. Fix: use one of scaled_dot, dot"));
  EXPECT_THAT(text_of([&] { make_align(options, 4); }),
              HasSubstr("attention: 'soft' is not known. Fix: use one of softmax"));
}

}  // namespace
}  // namespace regard::attention
