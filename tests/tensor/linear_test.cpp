#include "regard/tensor/linear.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using torch::Tensor;

Linear random_linear(const LinearOptions& options) {
  Linear linear(options);
  test::randomise_parameters(*linear, 1);
  return linear;
}

TEST(Linear, EqualsItsFormula) {
  const Tensor x = test::normal({2, 3, 4}, 2);
  for (const bool has_bias : {true, false}) {
    const Linear linear = random_linear({4, 5, has_bias});
    ASSERT_EQ(linear->bias.defined(), has_bias);
    Tensor expected = (x.unsqueeze(-2) * linear->weight).sum(-1);  // y_o = sum_i x_i W_oi
    if (has_bias) expected = expected + linear->bias;
    expect_near(linear->forward(x), expected, 1e-12);
  }
}

TEST(Linear, ForwardRowsIsASliceOfTheOutput) {
  const Tensor x = test::normal({2, 3, 4}, 2);
  for (const bool has_bias : {true, false}) {
    const Linear linear = random_linear({4, 12, has_bias, 3});
    const Tensor whole = linear->forward(x);
    const std::vector<std::pair<std::int64_t, std::int64_t>> parts = {
        {0, 4}, {4, 8}, {8, 4}, {5, 1}, {0, 12}};
    for (const auto& [first, count] : parts) {
      expect_near(linear->forward_rows(x, first, count), whole.narrow(-1, first, count), 1e-12);
    }
  }
}

TEST(Linear, GradientsOfRowsReachThoseRowsOnly) {
  const Linear linear = random_linear({4, 12, true, 3});
  linear->forward_rows(test::normal({2, 4}, 2), 4, 8).sum().backward();
  const Tensor& gradient = linear->weight.grad();
  expect_identical(gradient.narrow(0, 0, 4), at::zeros({4, 4}, torch::kDouble));
  EXPECT_TRUE((gradient.narrow(0, 4, 8) != 0).all().item<bool>());
}

TEST(Linear, StartsGlorotUniformWithZeroBias) {
  for (const std::int64_t fused : {1, 2, 3}) {
    SCOPED_TRACE(fused);
    Linear linear(LinearOptions{60, 120 * fused, true, fused});
    initialise_parameters(*linear, 5);
    const double bound = std::sqrt(6.0 / (60.0 + 120.0));
    for (const Tensor& part : linear->weight.detach().chunk(fused, 0)) {
      const double largest = part.abs().max().item<double>();
      EXPECT_LE(largest, bound);
      EXPECT_GT(largest, 0.99 * bound);
      EXPECT_NEAR(part.mean().item<double>(), 0.0, 0.01);
      EXPECT_NEAR(part.std().item<double>(), bound / std::sqrt(3.0), 0.02 * bound);
    }
    expect_identical(linear->bias.detach(), at::zeros({120 * fused}));
  }
}

/// A module with one linear layer per name.
struct Group : torch::nn::Module {
  explicit Group(const std::vector<std::string>& names) {
    for (const std::string& name : names)
      register_module(name, Linear(LinearOptions{6, 6}));
  }
  Tensor weight(const std::string& name) const {
    return named_parameters()[name + ".weight"].detach();
  }
};

std::shared_ptr<Group> group(const std::vector<std::string>& names, std::uint64_t seed) {
  auto made = std::make_shared<Group>(names);
  initialise_parameters(*made, seed);
  return made;
}

TEST(InitialiseParameters, ASeedGivesTheSameStartEachTime) {
  const auto first = group({"a", "b"}, 1);
  const auto again = group({"a", "b"}, 1);
  const auto other = group({"a", "b"}, 2);
  expect_identical(again->weight("a"), first->weight("a"));
  EXPECT_FALSE(at::equal(other->weight("a"), first->weight("a")));
  EXPECT_FALSE(at::equal(first->weight("b"), first->weight("a")));
}

TEST(InitialiseParameters, AModuleMoreDoesNotChangeTheOthers) {
  const auto small = group({"a", "b"}, 1);
  const auto large = group({"new", "b", "middle", "a"}, 1);
  expect_identical(large->weight("a"), small->weight("a"));
  expect_identical(large->weight("b"), small->weight("b"));
}

TEST(InitialiseParameters, TheGlobalGeneratorPlaysNoPart) {
  torch::manual_seed(1);
  const auto first = group({"a"}, 1);
  torch::manual_seed(2);
  expect_identical(group({"a"}, 1)->weight("a"), first->weight("a"));
}

/// Gradients of a sum that weighs every output differently.
std::vector<Tensor> gradients_of(const Tensor& y, const std::vector<Tensor>& inputs) {
  return torch::autograd::grad({(y * test::normal(y.sizes(), 9, torch::kFloat)).sum()}, inputs);
}

TEST(Linear, ManyRowsAreMultipliedWithPackedWeights) {
  for (const bool has_bias : {true, false}) {
    for (const bool has_relu : {true, false}) {
      SCOPED_TRACE(testing::Message() << "bias " << has_bias << ", relu " << has_relu);
      Linear linear(LinearOptions{20, 37, has_bias});
      test::randomise_parameters(*linear, 3);
      linear->to(torch::kFloat);
      const Tensor x = test::normal({50, 7, 20}, 4, torch::kFloat).requires_grad_();
      std::vector<Tensor> inputs = {x, linear->weight};
      if (has_bias) inputs.push_back(linear->bias);
      const Tensor y = has_relu ? linear->forward_relu(x) : linear->forward(x);
      const Tensor plain = at::linear(x, linear->weight, linear->bias);
      const Tensor wanted = has_relu ? at::relu(plain) : plain;
      test::expect_near(y, wanted, 1e-5);
      const auto actual = gradients_of(y, inputs);
      const auto expected = gradients_of(wanted, inputs);
      ASSERT_EQ(actual.size(), inputs.size());
      for (std::size_t i = 0; i < actual.size(); ++i)
        test::expect_near(actual[i], expected[i], 1e-5);
    }
  }
}

TEST(Linear, FrozenWeightsGetNoGradient) {
  Linear linear(LinearOptions{20, 37, true});
  linear->weight.set_requires_grad(false);
  const Tensor x = test::normal({50, 20}, 4, torch::kFloat).requires_grad_();
  linear->forward(x).sum().backward();
  EXPECT_FALSE(linear->weight.grad().defined());
  test::expect_near(linear->bias.grad(), at::full({37}, 50.0F), 1e-6);
  test::expect_near(x.grad(), linear->weight.sum(0).expand({50, 20}), 1e-5);
}

}  // namespace
}  // namespace regard
