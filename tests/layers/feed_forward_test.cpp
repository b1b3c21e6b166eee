#include "regard/layers/feed_forward.h"

#include <cmath>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_near;
using test::normal;
using torch::Tensor;

FeedForwardOptions feed_forward_of(Activation activation, bool has_bias = true) {
  FeedForwardOptions options;
  options.hidden = 12;
  options.activation = activation;
  options.bias = has_bias;
  return options;
}

FeedForward random_network(const FeedForwardOptions& options, double dropout = 0.0) {
  FeedForward network(options, 6, dropout);
  test::randomise_parameters(*network, 1);
  return network;
}

/// The definition, one number at a time.
double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::relu:
      return x > 0.0 ? x : 0.0;
    case Activation::gelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));  // x times the normal distribution function
    case Activation::silu:
      return x / (1.0 + std::exp(-x));
  }
  return std::nan("");
}

Tensor activated(Activation activation, const Tensor& x) {
  Tensor y = x.detach().clone().contiguous();
  double* const value = y.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < y.numel(); ++i)
    value[i] = activated(activation, value[i]);
  return y;
}

TEST(FeedForward, EqualsItsFormulaForEachActivation) {
  const Tensor x = normal({2, 3, 6}, 2);
  for (const Activation activation : config::enum_table<Activation>().values) {
    SCOPED_TRACE(config::word_of(activation));
    for (const bool has_bias : {true, false}) {
      const FeedForward network = random_network(feed_forward_of(activation, has_bias));
      const auto parameters = network->named_parameters();
      ASSERT_EQ(parameters.size(), has_bias ? 4U : 2U);
      Tensor hidden = at::matmul(x, parameters["inner.weight"].t());
      if (has_bias) hidden = hidden + parameters["inner.bias"];
      Tensor expected = at::matmul(activated(activation, hidden), parameters["outer.weight"].t());
      if (has_bias) expected = expected + parameters["outer.bias"];
      expect_near(network->forward(x, ForwardContext{}), expected, 1e-12);
    }
  }
}

FeedForwardOptions gated(Activation activation) {
  FeedForwardOptions options = feed_forward_of(activation);
  options.gated = true;
  return options;
}

TEST(FeedForward, MultipliesByItsGate) {
  const Tensor x = normal({2, 3, 6}, 2);
  for (const Activation activation : config::enum_table<Activation>().values) {
    SCOPED_TRACE(config::word_of(activation));
    const FeedForward network = random_network(gated(activation));
    const auto parameters = network->named_parameters();
    ASSERT_EQ(parameters["inner.weight"].sizes(), (std::vector<std::int64_t>{24, 6}));
    const auto weights = parameters["inner.weight"].chunk(2);
    const auto biases = parameters["inner.bias"].chunk(2);
    const Tensor hidden = activated(activation, at::matmul(x, weights[0].t()) + biases[0]) *
                          (at::matmul(x, weights[1].t()) + biases[1]);
    const Tensor expected =
        at::matmul(hidden, parameters["outer.weight"].t()) + parameters["outer.bias"];
    expect_near(network->forward(x, ForwardContext{}), expected, 1e-12);
  }
}

TEST(FeedForward, GatedGradientsEqualCentralDifferences) {
  const Tensor x = normal({2, 3, 6}, 2);
  const Tensor weight = normal({2, 3, 6}, 3);
  const FeedForward network = random_network(gated(Activation::silu));
  test::expect_gradients([&] { return (network->forward(x, ForwardContext{}) * weight).sum(); },
                         test::with_parameters({{"x", x}}, *network), 1e-8);
}

TEST(FeedForward, TreatsEachPositionAlone) {
  const FeedForward network = random_network(feed_forward_of(Activation::relu));
  const Tensor x = normal({2, 3, 6}, 2);
  const Tensor whole = network->forward(x, ForwardContext{});
  expect_near(network->forward(x.narrow(1, 1, 1), ForwardContext{}), whole.narrow(1, 1, 1), 1e-12);
}

TEST(FeedForward, GradientsEqualCentralDifferences) {
  const Tensor x = normal({2, 3, 6}, 2);
  const Tensor weight = normal({2, 3, 6}, 3);
  for (const Activation activation : config::enum_table<Activation>().values) {
    SCOPED_TRACE(config::word_of(activation));
    const FeedForward network = random_network(feed_forward_of(activation));
    test::expect_gradients([&] { return (network->forward(x, ForwardContext{}) * weight).sum(); },
                           test::with_parameters({{"x", x}}, *network), 1e-8);
  }
}

TEST(FeedForward, DropsTheHiddenValuesOnly) {
  FeedForward network = random_network(feed_forward_of(Activation::relu), 0.5);
  {
    torch::NoGradGuard no_grad;
    network->named_parameters()["outer.weight"].copy_(at::ones({6, 12}, torch::kDouble));
    network->named_parameters()["inner.weight"].zero_();
    network->named_parameters()["inner.bias"].fill_(1.0);
    network->named_parameters()["outer.bias"].fill_(0.5);
  }
  RandomStream stream(1);
  const Tensor y = network->forward(normal({50, 20, 6}, 2), ForwardContext{&stream});
  // Twelve hidden ones, each 0 or 2: the sum is even, the same for each output, 12 in the mean.
  const Tensor sum = y.select(-1, 0) - 0.5;
  expect_near(y, (sum + 0.5).unsqueeze(-1).expand_as(y), 1e-12);
  expect_near(sum.remainder(2.0), at::zeros_like(sum), 1e-12);
  EXPECT_NEAR(sum.mean().item<double>(), 12.0, 0.6);
  EXPECT_GT(sum.std().item<double>(), 1.0);
}

}  // namespace
}  // namespace regard
