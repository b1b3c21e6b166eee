#include <gtest/gtest.h>

#include "regard/config/emitter.h"
#include "regard/layers/sublayer.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/tensor/torch.h"

#include "layers/block_support.h"
#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using test::kDim;
using test::normal;
using torch::Tensor;

SublayerOptions average_options(std::int64_t ffn, bool has_gate) {
  SublayerOptions options;
  options.average = AverageOptions{ffn, has_gate};
  options.combine = Combine::replace;  // the output of the function alone
  options.norm = SublayerNorm::none;
  return options;
}

/// With and without network and gates.
std::vector<SublayerOptions> all_forms() {
  return {average_options(0, false), average_options(0, true), average_options(5, false),
          average_options(5, true)};
}

Sublayer random_average(const SublayerOptions& options) {
  Sublayer sublayer(options, test::sizes_of(0), "decoder.0.average");
  test::randomise_parameters(*sublayer, 1);
  return sublayer;
}

Tensor run_average(Sublayer& sublayer, const Tensor& x) {
  const ForwardContext evaluation;
  const SequenceMask mask;
  return sublayer->forward(x, BlockInput{evaluation, mask}, nullptr);
}

/// The equations of the paper for position t of x [1, positions, dim], one position at a time.
Tensor output_by_hand(const Sublayer& sublayer, const SublayerOptions& options, const Tensor& x,
                      std::int64_t t) {
  const auto parameters = sublayer->named_parameters();
  const auto linear = [&](const std::string& name, const Tensor& input) {
    return at::linear(input, parameters["average." + name + ".weight"],
                      parameters["average." + name + ".bias"]);
  };
  Tensor sum = at::zeros({kDim}, at::kDouble);
  for (std::int64_t k = 0; k <= t; ++k)
    sum = sum + x[0][k];
  Tensor y = sum / static_cast<double>(t + 1);
  if (options.average->ffn > 0) y = linear("network.outer", at::relu(linear("network.inner", y)));
  if (!options.average->gate) return y;
  const Tensor gates = at::sigmoid(linear("gates", at::cat({x[0][t], y})));
  return gates.narrow(0, 0, kDim) * x[0][t] + gates.narrow(0, kDim, kDim) * y;
}

TEST(AverageAttention, FollowsItsEquations) {
  const Tensor x = normal({1, 5, kDim}, 2);
  for (const SublayerOptions& options : all_forms()) {
    SCOPED_TRACE(config::to_yaml(options));
    Sublayer sublayer = random_average(options);
    const Tensor y = run_average(sublayer, x);
    for (std::int64_t t = 0; t < 5; ++t)
      expect_near(y[0][t], output_by_hand(sublayer, options, x, t), 1e-12);
  }
}

TEST(AverageAttention, GradientsEqualCentralDifferences) {
  const Tensor x = normal({2, 4, kDim}, 2);
  const Tensor weight = normal({2, 4, kDim}, 3);
  for (const SublayerOptions& options : all_forms()) {
    SCOPED_TRACE(config::to_yaml(options));
    Sublayer sublayer = random_average(options);
    test::expect_gradients([&] { return (run_average(sublayer, x) * weight).sum(); },
                           test::with_parameters({{"x", x}}, *sublayer), 1e-7);
  }
}

TEST(AverageAttention, PaddingAtTheEndChangesNothingInFrontOfIt) {
  const Tensor x = normal({2, 4, kDim}, 2);
  const Tensor padded = at::cat({x, normal({2, 3, kDim}, 3)}, 1);
  for (const SublayerOptions& options : all_forms()) {
    Sublayer sublayer = random_average(options);
    expect_near(run_average(sublayer, padded).narrow(1, 0, 4), run_average(sublayer, x), 1e-12);
  }
}

TEST(AverageAttention, ALongMeanIsExactInSixteenBits) {
  Sublayer sublayer = random_average(average_options(0, false));
  // Added up in bfloat16, ones stop growing at 256.
  const Tensor ones = at::ones({1, 600, kDim}, at::kBFloat16);
  expect_identical(run_average(sublayer, ones), ones);
}

TEST(AverageAttention, CountsItsWeights) {
  for (const SublayerOptions& options : all_forms()) {
    Sublayer sublayer = random_average(options);
    double weights = 0.0;
    for (const Tensor& parameter : sublayer->parameters())
      weights += parameter.dim() > 1 ? static_cast<double>(parameter.numel()) : 0.0;
    EXPECT_EQ(kind_of(options).parameters(options, {kDim, 0}), weights);
  }
}

TEST(AverageAttention, SeesOrderButNoFuture) {
  const SublayerOptions options = average_options(0, true);
  EXPECT_TRUE(kind_of(options).sees_order(options));
  EXPECT_FALSE(kind_of(options).future(options).has_value());
  Sublayer sublayer = random_average(options);
  const Tensor x = normal({1, 3, kDim}, 2);
  const Tensor order = at::tensor({1, 0, 2}, at::kLong);
  const Tensor moved = run_average(sublayer, x.index_select(1, order));
  EXPECT_GT((moved - run_average(sublayer, x).index_select(1, order)).abs().max().item<double>(),
            1e-3);
}

}  // namespace
}  // namespace regard
