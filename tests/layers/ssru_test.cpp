#include <gtest/gtest.h>

#include "regard/layers/sublayer.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/tensor/torch.h"

#include "layers/block_support.h"
#include "layers/gated_mean.h"
#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using test::kDim;
using test::normal;
using torch::Tensor;

SublayerOptions ssru_options() {
  SublayerOptions options;
  options.ssru.emplace();
  options.combine = Combine::replace;  // the output of the function alone
  options.norm = SublayerNorm::none;
  return options;
}

Sublayer random_ssru() {
  Sublayer sublayer(ssru_options(), test::sizes_of(0), "decoder.0.ssru");
  test::randomise_parameters(*sublayer, 1);
  return sublayer;
}

Tensor run_ssru(Sublayer& sublayer, const Tensor& x) {
  const ForwardContext evaluation;
  const SequenceMask mask;
  return sublayer->forward(x, BlockInput{evaluation, mask}, nullptr);
}

TEST(Ssru, FollowsItsEquations) {
  Sublayer sublayer = random_ssru();
  const auto parameters = sublayer->named_parameters();
  const Tensor x = normal({1, 5, kDim}, 2);
  const Tensor y = run_ssru(sublayer, x);
  Tensor cell = at::zeros({kDim}, at::kDouble);
  bool is_cut_anywhere = false;
  for (std::int64_t t = 0; t < 5; ++t) {
    const Tensor gate = at::sigmoid(
        at::linear(x[0][t], parameters["ssru.forget.weight"], parameters["ssru.forget.bias"]));
    cell = gate * cell + (1.0 - gate) * at::linear(x[0][t], parameters["ssru.input.weight"]);
    expect_near(y[0][t], at::relu(cell), 1e-12);
    is_cut_anywhere = is_cut_anywhere || (cell < 0).any().item<bool>();
  }
  EXPECT_TRUE(is_cut_anywhere);
}

TEST(Ssru, GradientsEqualCentralDifferences) {
  Sublayer sublayer = random_ssru();
  const Tensor x = normal({2, 4, kDim}, 2);
  const Tensor weight = normal({2, 4, kDim}, 3);
  test::expect_gradients([&] { return (run_ssru(sublayer, x) * weight).sum(); },
                         test::with_parameters({{"x", x}}, *sublayer), 1e-7);
}

TEST(Ssru, PaddingAtTheEndChangesNothingInFrontOfIt) {
  Sublayer sublayer = random_ssru();
  const Tensor x = normal({2, 4, kDim}, 2);
  const Tensor padded = at::cat({x, normal({2, 3, kDim}, 3)}, 1);
  expect_near(run_ssru(sublayer, padded).narrow(1, 0, 4), run_ssru(sublayer, x), 1e-12);
}

TEST(Ssru, CountsItsWeights) {
  Sublayer sublayer = random_ssru();
  double weights = 0.0;
  for (const Tensor& parameter : sublayer->parameters())
    weights += parameter.dim() > 1 ? static_cast<double>(parameter.numel()) : 0.0;
  EXPECT_GT(weights, 0.0);
  EXPECT_EQ(kind_of(ssru_options()).parameters(ssru_options(), {kDim, 0}), weights);
}

TEST(Ssru, SeesOrderButNoFuture) {
  const SublayerOptions options = ssru_options();
  EXPECT_TRUE(kind_of(options).sees_order(options));
  EXPECT_FALSE(kind_of(options).future(options).has_value());
  Sublayer sublayer = random_ssru();
  const Tensor x = normal({1, 3, kDim}, 2);
  const Tensor order = at::tensor({1, 0, 2}, at::kLong);
  const Tensor moved = run_ssru(sublayer, x.index_select(1, order));
  EXPECT_GT((moved - run_ssru(sublayer, x).index_select(1, order)).abs().max().item<double>(),
            1e-3);
}

/// The definition, one position at a time, by tensor operations.
Tensor gated_mean_by_hand(const Tensor& gates, const Tensor& inputs, const Tensor& first) {
  std::vector<Tensor> all;
  Tensor mean = first;
  for (std::int64_t t = 0; t < gates.size(1); ++t) {
    mean = gates.select(1, t) * mean + (1 - gates.select(1, t)) * inputs.select(1, t);
    all.push_back(mean);
  }
  return at::stack(all, 1);
}

TEST(GatedMean, EqualsItsDefinitionAndTheGradientsOfIt) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const double tolerance = type == at::kFloat ? 1e-5 : 1e-12;
    const auto leaf = [&](at::IntArrayRef shape, int seed) {
      return normal(shape, seed).to(type).detach().requires_grad_();
    };
    const std::vector<Tensor> fused = {leaf({3, 6, 5}, 1), leaf({3, 6, 5}, 2), leaf({3, 5}, 3)};
    const std::vector<Tensor> plain = {leaf({3, 6, 5}, 1), leaf({3, 6, 5}, 2), leaf({3, 5}, 3)};
    const Tensor weight = normal({3, 6, 5}, 4).to(type);
    const Tensor result = gated_mean(at::sigmoid(fused[0]), fused[1], fused[2]);
    const Tensor expected = gated_mean_by_hand(at::sigmoid(plain[0]), plain[1], plain[2]);
    expect_near(result, expected, tolerance);
    (result * weight).sum().backward();
    (expected * weight).sum().backward();
    for (std::size_t i = 0; i < fused.size(); ++i) {
      EXPECT_GT(plain[i].grad().abs().max().item<double>(), 0.0);
      expect_near(fused[i].grad(), plain[i].grad(), tolerance);
    }
  }
}

TEST(GatedMean, WithoutAFirstItBeginsAtZero) {
  const Tensor gates = at::sigmoid(normal({2, 3, 4}, 1));
  const Tensor inputs = normal({2, 3, 4}, 2);
  expect_identical(gated_mean(gates, inputs, {}),
                   gated_mean(gates, inputs, at::zeros({2, 4}, at::kDouble)));
}

}  // namespace
}  // namespace regard
