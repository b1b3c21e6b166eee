#include "regard/layers/sublayer.h"

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "layers/block_support.h"
#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_near;
using test::kDim;
using test::normal;
using torch::Tensor;

/// What the sublayer computes between its norm and its residual: W2 relu(W1 x + b1) + b2.
Tensor network_inside(torch::nn::Module& sublayer, const Tensor& x) {
  const auto parameters = sublayer.named_parameters();
  return at::linear(
      at::relu(at::linear(x, parameters["network.inner.weight"], parameters["network.inner.bias"])),
      parameters["network.outer.weight"], parameters["network.outer.bias"]);
}

/// (x - mean) / sqrt(variance + 1e-5) * weight + bias, over the last axis.
Tensor norm_inside(torch::nn::Module& sublayer, const Tensor& x) {
  const auto parameters = sublayer.named_parameters();
  const Tensor centred = x - x.mean(-1, true);
  const Tensor deviation = (centred.square().mean(-1, true) + 1e-5).sqrt();
  return centred / deviation * parameters["norm.weight"] + parameters["norm.bias"];
}

Sublayer feed_forward(SublayerNorm own, NormPlacement of_blocks, double dropout = 0.0) {
  SublayerOptions options = test::feed_forward_options();
  options.norm = own;
  SublayerSizes sizes = test::sizes_of(0);
  sizes.norm = of_blocks;
  sizes.dropout.residual = dropout;
  Sublayer sublayer(options, sizes, "encoder.0.ffn");
  test::randomise_parameters(*sublayer, 1);
  return sublayer;
}

Tensor run_sublayer(Sublayer& sublayer, const Tensor& x, const ForwardContext& context = {}) {
  const SequenceMask mask;
  return sublayer->forward(x, BlockInput{context, mask}, nullptr);
}

TEST(Sublayer, PreNormalisesTheInputOfItsFunction) {
  const Tensor x = normal({2, 3, kDim}, 2);
  for (Sublayer sublayer : {feed_forward(SublayerNorm::inherit, NormPlacement::pre),
                            feed_forward(SublayerNorm::pre, NormPlacement::post)}) {
    expect_near(run_sublayer(sublayer, x), x + network_inside(*sublayer, norm_inside(*sublayer, x)),
                1e-12);
  }
}

TEST(Sublayer, PostNormalisesTheSum) {
  const Tensor x = normal({2, 3, kDim}, 2);
  for (Sublayer sublayer : {feed_forward(SublayerNorm::inherit, NormPlacement::post),
                            feed_forward(SublayerNorm::post, NormPlacement::pre)}) {
    expect_near(run_sublayer(sublayer, x), norm_inside(*sublayer, x + network_inside(*sublayer, x)),
                1e-12);
  }
}

TEST(Sublayer, NoneIsTheSumAndHasNoNorm) {
  const Tensor x = normal({2, 3, kDim}, 2);
  for (Sublayer sublayer : {feed_forward(SublayerNorm::inherit, NormPlacement::none),
                            feed_forward(SublayerNorm::none, NormPlacement::pre)}) {
    expect_near(run_sublayer(sublayer, x), x + network_inside(*sublayer, x), 1e-12);
    EXPECT_FALSE(sublayer->named_parameters().contains("norm.weight"));
  }
}

TEST(Sublayer, DropsTheOutputAndNeverTheResidual) {
  Sublayer sublayer = feed_forward(SublayerNorm::none, NormPlacement::none, 0.5);
  const Tensor x = normal({20, 3, kDim}, 2);
  const Tensor evaluated = run_sublayer(sublayer, x) - x;
  RandomStream stream(1);
  const Tensor trained = run_sublayer(sublayer, x, ForwardContext{&stream}) - x;
  const Tensor is_dropped = trained.abs() < 1e-12;
  EXPECT_NEAR(is_dropped.to(torch::kDouble).mean().item<double>(), 0.5, 0.12);
  expect_near(trained, (2.0 * evaluated).masked_fill(is_dropped, 0.0), 1e-12);
}

TEST(Sublayer, GradientsEqualCentralDifferences) {
  const Tensor x = normal({2, 3, kDim}, 2);
  const Tensor weight = normal({2, 3, kDim}, 3);
  for (const NormPlacement norm : config::enum_table<NormPlacement>().values) {
    SCOPED_TRACE(config::word_of(norm));
    Sublayer sublayer = feed_forward(SublayerNorm::inherit, norm);
    test::expect_gradients([&] { return (run_sublayer(sublayer, x) * weight).sum(); },
                           test::with_parameters({{"x", x}}, *sublayer), 1e-7);
  }
}

}  // namespace
}  // namespace regard
