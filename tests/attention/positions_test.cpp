// Positions inside self-attention: each kind against its formula.
#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/attention/attention.h"
#include "regard/attention/facts.h"
#include "regard/core/error.h"
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
using test::kPositions;
using test::normal;
using test::random_attention;
using torch::Tensor;

constexpr std::int64_t kPositionHeads = 2;
constexpr std::int64_t kPositionDim = kDim / kPositionHeads;

AttentionOptions options_with_position(const std::string& position,
                                       std::int64_t heads = kPositionHeads) {
  AttentionOptions options;
  options.heads = heads;
  options.position = position;
  return options;
}

std::shared_ptr<RelativePosition> position_of(const AttentionOptions& options,
                                              std::int64_t head_dim = kPositionDim) {
  return make_position(options, StrategySizes{head_dim, head_dim, head_dim * options.heads});
}

/// Without projections, so that queries, keys and values are the input itself.
AttentionOptions plain_position(const std::string& position,
                                const std::string& score = "scaled_dot") {
  AttentionOptions options = options_with_position(position, 1);
  options.project = AttentionProjection::none;
  options.score = score;
  return options;
}

TEST(Rope, TurnsEachPairAsAComplexNumber) {
  constexpr std::int64_t kWidth = 6;
  const auto rope = position_of(options_with_position("rope"), kWidth);
  const Tensor x = normal({2, 3, kPositions, kWidth}, 1);
  for (const std::int64_t first : {0, 7}) {
    const Tensor turned = rope->turn(x, first);
    ASSERT_EQ(turned.sizes(), x.sizes());
    for (std::int64_t p = 0; p < kPositions; ++p) {
      for (std::int64_t i = 0; i < kWidth / 2; ++i) {
        const double rate = std::pow(10000.0, -2.0 * static_cast<double>(i) / kWidth);
        const auto factor = std::polar(1.0, static_cast<double>(first + p) * rate);
        const auto pair = [&](const Tensor& of) {
          return std::complex<double>(of[1][2][p][2 * i].item<double>(),
                                      of[1][2][p][2 * i + 1].item<double>());
        };
        EXPECT_NEAR(std::abs(pair(turned) - pair(x) * factor), 0.0, 1e-14);
      }
    }
  }
}

TEST(Rope, KeepsNormsAndLeavesTheFirstPosition) {
  const auto rope = position_of(options_with_position("rope"));
  const Tensor x = normal({2, kPositionHeads, kPositions, kPositionDim}, 1);
  const Tensor turned = rope->turn(x, 0);
  expect_near(turned.norm(2, {-1}), x.norm(2, {-1}), 1e-14);
  expect_identical(turned.select(2, 0), x.select(2, 0));
  EXPECT_GT((turned.select(2, 1) - x.select(2, 1)).abs().max().item<double>(), 0.1);
}

TEST(Rope, ProductsDependOnTheDistanceAlone) {
  const auto rope = position_of(options_with_position("rope"));
  const Tensor query = normal({2, kPositionHeads, 1, kPositionDim}, 1);
  const Tensor key = normal({2, kPositionHeads, 1, kPositionDim}, 2);
  const auto product = [&](std::int64_t i, std::int64_t j) {
    return (rope->turn(query, i) * rope->turn(key, j)).sum(-1);
  };
  for (const std::int64_t shift : {1, 90, 5000}) {
    expect_near(product(3 + shift, 7 + shift), product(3, 7), 1e-10);
    expect_near(product(7 + shift, 3 + shift), product(7, 3), 1e-10);
  }
  EXPECT_GT((product(3, 7) - product(7, 3)).abs().max().item<double>(), 0.01);
  EXPECT_GT((product(3, 7) - product(3, 8)).abs().max().item<double>(), 0.01);
}

TEST(Rope, IsExactInFloat32FarBehind) {
  const auto rope = position_of(options_with_position("rope"), 64);
  const Tensor x = normal({1, 1, kPositions, 64}, 1, torch::kFloat);
  for (const std::int64_t first : {1000, 100000}) {
    const Tensor exact = rope->turn(x.to(torch::kDouble), first);
    expect_near(rope->turn(x, first), exact.to(torch::kFloat), 1e-6);
  }
}

TEST(Rope, NeedsPairs) {
  EXPECT_THROW(position_of(options_with_position("rope"), 3), c10::Error);
}

/// x_i (R(i) conj(R(j))) x_j of complex pairs, pair by pair of positions.
TEST(Rope, AttentionIsTheSoftmaxOfTurnedProducts) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 3);
  for (const std::string score : {"scaled_dot", "dot"}) {
    const Attention attention = random_attention(plain_position("rope", score));
    const Tensor pairs = at::view_as_complex(x.view({kBatch, kPositions, kDim / 2, 2}));
    const Tensor rate = at::pow(10000.0, -at::arange(0, kDim, 2, torch::kDouble) / kDim);
    const Tensor angle = at::arange(kPositions, torch::kDouble).unsqueeze(1) * rate;
    const Tensor turned = pairs * at::polar(at::ones_like(angle), angle);
    const Tensor products = at::real(at::matmul(turned, turned.conj().transpose(1, 2)));
    const Tensor scores = score == "dot" ? products : products / std::sqrt(kDim);
    const AttentionResult result = attention->attend_self(x, {}, explicit_path());
    expect_near(result.weights.squeeze(1), at::softmax(scores, -1), 1e-12);
    expect_near(result.context, at::matmul(at::softmax(scores, -1), x), 1e-12);  // values as is
  }
}

TEST(Alibi, HasTheSlopesOfTheAuthorsProgram) {
  const auto slopes_of = [](std::int64_t heads) {
    const Tensor query = normal({1, heads, 1, kPositionDim}, 1);
    const Tensor bias = position_of(options_with_position("alibi", heads))->bias(query, {0, 1, 2});
    std::vector<double> slopes;
    for (std::int64_t h = 0; h < heads; ++h)
      slopes.push_back(-bias[0][h][0][1].item<double>());
    return slopes;
  };
  using testing::DoubleEq;
  using testing::ElementsAre;
  EXPECT_THAT(slopes_of(8), ElementsAre(1.0 / 2, 1.0 / 4, 1.0 / 8, 1.0 / 16, 1.0 / 32, 1.0 / 64,
                                        1.0 / 128, 1.0 / 256));
  EXPECT_THAT(slopes_of(1), ElementsAre(1.0 / 256));
  EXPECT_THAT(slopes_of(2), ElementsAre(1.0 / 16, 1.0 / 256));
  // Of 8 heads, and then the first, third, ... of 16.
  const double root = std::sqrt(0.5);
  EXPECT_THAT(slopes_of(12), ElementsAre(1.0 / 2, 1.0 / 4, 1.0 / 8, 1.0 / 16, 1.0 / 32, 1.0 / 64,
                                         1.0 / 128, 1.0 / 256, DoubleEq(root), DoubleEq(root / 2),
                                         DoubleEq(root / 4), DoubleEq(root / 8)));
  EXPECT_THAT(slopes_of(3), ElementsAre(1.0 / 16, 1.0 / 256, 1.0 / 4));
}

TEST(Alibi, IsTheSlopeTimesTheDistanceInBothDirections) {
  const auto alibi = position_of(options_with_position("alibi", 8));
  const Places places{3, 2, 6};
  for (const torch::Dtype type : {torch::kDouble, torch::kFloat}) {
    const Tensor bias = alibi->bias(normal({1, 8, 2, kPositionDim}, 1, type), places);
    ASSERT_EQ(bias.sizes(), at::IntArrayRef({1, 8, 2, 6}));
    EXPECT_EQ(bias.scalar_type(), type);
    for (std::int64_t h = 0; h < 8; ++h) {
      for (std::int64_t i = 0; i < 2; ++i) {
        for (std::int64_t j = 0; j < 6; ++j) {
          const double distance = std::abs(static_cast<double>(3 + i - j));
          EXPECT_EQ(bias[0][h][i][j].item<double>(),
                    -distance / std::exp2(static_cast<double>(h + 1)));
        }
      }
    }
  }
}

TEST(Alibi, AttentionIsTheSoftmaxOfPenalisedProducts) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 3);
  const Tensor place = at::arange(kPositions, torch::kDouble);
  const Tensor distance = (place.unsqueeze(0) - place.unsqueeze(1)).abs();
  const Tensor products = at::matmul(x, x.transpose(1, 2));
  const Tensor weights = at::softmax(products / std::sqrt(kDim) - distance / 256.0, -1);
  const Attention attention = random_attention(plain_position("alibi"));
  expect_near(attention->attend_self(x, {}, explicit_path()).weights.squeeze(1), weights, 1e-12);
  expect_near(attention->attend_self(x, {}, fused()).context, at::matmul(weights, x), 1e-12);
  // The penalty is outside the clipped score.
  AttentionOptions options = plain_position("alibi", "dot");
  options.clip = 2.0;
  const Tensor clipped = at::softmax(2.0 * at::tanh(products / 2.0) - distance / 256.0, -1);
  expect_near(random_attention(options)->attend_self(x, {}, explicit_path()).weights.squeeze(1),
              clipped, 1e-12);
}

/// One head of one sentence, pair by pair; a and b are the tables for d = -K .. K.
Tensor shaw_by_pairs(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& a,
                     const Tensor& b, bool is_causal) {
  const std::int64_t longest = (a.size(0) - 1) / 2;
  const auto row_of = [&](std::int64_t i, std::int64_t j) {
    return std::clamp(j - i, -longest, longest) + longest;
  };
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < kPositions; ++i) {
    const std::int64_t seen = is_causal ? i + 1 : kPositions;
    std::vector<Tensor> scores;
    for (std::int64_t j = 0; j < seen; ++j)
      scores.push_back(query[i].dot(key[j] + a[row_of(i, j)]) / std::sqrt(kPositionDim));
    const Tensor weights = at::softmax(at::stack(scores), 0);
    Tensor context = at::zeros({kPositionDim}, torch::kDouble);
    for (std::int64_t j = 0; j < seen; ++j)
      context += weights[j] * (value[j] + b[row_of(i, j)]);
    rows.push_back(context);
  }
  return at::stack(rows);
}

TEST(Shaw, IsTheFormulaPairByPair) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 3);
  for (const std::int64_t max_distance : {1, 2, 10}) {
    for (const AttentionMask mask : {AttentionMask::none, AttentionMask::causal}) {
      AttentionOptions options = options_with_position("shaw");
      options.max_distance = max_distance;
      options.mask = mask;
      const Attention attention = random_attention(options);
      const auto parameters = attention->named_parameters();
      const Tensor a = parameters["position.keys"].detach();
      const Tensor b = parameters["position.values"].detach();
      ASSERT_EQ(a.sizes(), at::IntArrayRef({2 * max_distance + 1, kPositionDim}));
      const auto projected =
          at::linear(x[1], parameters["in_projection.weight"], parameters["in_projection.bias"])
              .detach()
              .chunk(3, -1);
      std::vector<Tensor> heads;
      for (std::int64_t h = 0; h < kPositionHeads; ++h) {
        const auto part = [&](const Tensor& of) {
          return of.narrow(1, h * kPositionDim, kPositionDim);
        };
        heads.push_back(shaw_by_pairs(part(projected[0]), part(projected[1]), part(projected[2]), a,
                                      b, mask == AttentionMask::causal));
      }
      const Tensor expected =
          at::linear(at::cat(heads, 1), parameters["out_projection.weight"].detach(),
                     parameters["out_projection.bias"].detach());
      for (const AttentionCall& call : {fused(), explicit_path()})
        expect_near(attention->attend_self(x, {}, call).context[1].detach(), expected, 1e-12);
    }
  }
}

TEST(Shaw, OfZeroVectorsIsAttentionWithoutPositions) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 3);
  const Attention attention = random_attention(options_with_position("shaw"));
  const Attention without = random_attention(options_with_position("none"));
  {
    torch::NoGradGuard no_grad;
    for (const auto& item : attention->named_parameters()) {
      const auto* same = without->named_parameters().find(item.key());
      if (same == nullptr) {
        EXPECT_THAT(item.key(), testing::StartsWith("position."));
        item.value().zero_();
      } else {
        item.value().copy_(*same);
      }
    }
  }
  expect_near(attention->attend_self(x, {}, explicit_path()).context,
              without->attend_self(x, {}, explicit_path()).context, 1e-12);
}

TEST(Shaw, StartsWithVectorsThatDiffer) {
  const auto shaw = position_of(options_with_position("shaw"));
  initialise_parameters(*shaw, 1);
  for (const auto& item : shaw->named_parameters())
    EXPECT_GT(item.value().std().item<double>(), 0.05) << item.key();
}

TEST(NoPosition, DoesNothing) {
  const auto none = position_of(options_with_position("none"));
  const Tensor x = normal({1, kPositionHeads, kPositions, kPositionDim}, 1);
  expect_identical(none->turn(x, 3), x);
  EXPECT_FALSE(none->bias(x, {0, kPositions, kPositions}).defined());
  EXPECT_FALSE(none->context(x, {0, kPositions, kPositions}).defined());
  EXPECT_TRUE(none->is_fusable());
  EXPECT_TRUE(none->parameters().empty());
}

TEST(Places, DistancesAreFromTheQueryToTheKey) {
  const Tensor distances = Places{2, 2, 4}.distances(torch::kCPU);
  expect_identical(distances, torch::tensor({{-2, -1, 0, 1}, {-3, -2, -1, 0}}, torch::kInt64));
}

TEST(PositionsOfAttention, AreOfSelfAttentionOnly) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 3);
  for (const auto& spec : position_specs()) {
    const Attention attention = random_attention(options_with_position(spec.name));
    const AttentionMemory memory = attention->project(x, {});
    for (const AttentionCall& call : {fused(), explicit_path()})
      EXPECT_THROW(attention->attend(x, memory, call), c10::Error) << spec.name;
  }
}

/// Without positions reversing the sequence reverses the result; with them it must not.
TEST(PositionsOfAttention, SeeTheOrder) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 3);
  for (const std::string& name : position_names()) {
    const Attention attention = random_attention(options_with_position(name));
    const auto context_of = [&](const Tensor& of) {
      return attention->attend_self(of, {}, explicit_path()).context.detach();
    };
    const Tensor order = torch::tensor({3, 0, 4, 2, 1}, torch::kInt64);
    const Tensor difference =
        context_of(x.index_select(1, order)) - context_of(x).index_select(1, order);
    const double largest = difference.abs().max().item<double>();
    if (name == "none") {
      EXPECT_LT(largest, 1e-12);
    } else {
      EXPECT_GT(largest, 1e-3) << name;
    }
  }
}

TEST(PositionRegistry, NamesAreUniqueAndExplained) {
  const std::vector<std::string> names = position_names();
  EXPECT_THAT(names, testing::ElementsAre("none", "shaw", "rope", "alibi"));
  for (const PositionFacts& facts : position_facts())
    EXPECT_FALSE(facts.equation.empty() || facts.paper.empty()) << facts.name;
  try {
    position_of(options_with_position("ropes"));
    ADD_FAILURE() << "nothing thrown";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("attention: 'ropes' is unknown. Fix: use one "
                                                 "of shaw, rope, alibi"));
  }
}

}  // namespace
}  // namespace regard::attention
