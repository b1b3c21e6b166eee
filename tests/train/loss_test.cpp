#include "regard/train/loss.h"

#include <tuple>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_near;
using torch::Tensor;

constexpr double kUpstream = 0.37;
constexpr std::int64_t kDim = 8;

struct Problem {
  Tensor hidden;
  Tensor weight;
  Tensor targets;
};

Problem random_problem(std::int64_t tokens, std::int64_t classes) {
  at::Generator generator = at::detail::createCPUGenerator(7);
  Problem problem;
  problem.hidden = at::randn({tokens, kDim}, generator, torch::kFloat);
  problem.weight = at::randn({classes, kDim}, generator, torch::kFloat);
  problem.targets = at::randint(0, classes, {tokens}, generator, torch::kLong);
  return problem;
}

/// Logits of -50, 0 and 50, exact in float32: the oracle then sees the same logits.
Problem extreme_problem(std::int64_t tokens, std::int64_t classes) {
  Problem problem = random_problem(tokens, classes);
  const Tensor rows = at::arange(tokens).remainder(3).sub(1).to(torch::kFloat);
  const Tensor columns = at::arange(classes).remainder(2).mul(2).sub(1).to(torch::kFloat);
  problem.hidden = at::zeros({tokens, kDim});
  problem.hidden.select(1, 2).copy_(rows * 5.0);
  problem.weight = at::zeros({classes, kDim});
  problem.weight.select(1, 2).copy_(columns * 10.0);
  return problem;
}

struct Answer {
  Tensor smoothed;
  Tensor likelihood;
  Tensor hidden_gradient;
  Tensor weight_gradient;
};

Answer answer_of(const Problem& problem, double epsilon) {
  const Tensor hidden = problem.hidden.clone().requires_grad_();
  const Tensor weight = problem.weight.clone().requires_grad_();
  const Loss loss = smoothed_cross_entropy(hidden, weight, problem.targets, epsilon);
  EXPECT_FALSE(loss.negative_log_likelihood.requires_grad());
  (loss.smoothed * kUpstream).backward();
  return {loss.smoothed.detach(), loss.negative_log_likelihood, hidden.grad(), weight.grad()};
}

/// LibTorch's own loss in float64.
Answer oracle_of(const Problem& problem, double epsilon) {
  const Tensor hidden = problem.hidden.to(torch::kDouble).requires_grad_();
  const Tensor weight = problem.weight.to(torch::kDouble).requires_grad_();
  const Tensor logits = at::linear(hidden, weight);
  const Tensor smoothed =
      at::cross_entropy_loss(logits, problem.targets, {}, at::Reduction::Sum, -100, epsilon);
  (smoothed * kUpstream).backward();
  return {smoothed.detach(),
          at::cross_entropy_loss(logits, problem.targets, {}, at::Reduction::Sum).detach(),
          hidden.grad(), weight.grad()};
}

void expect_same(const Problem& problem, double epsilon) {
  const Answer actual = answer_of(problem, epsilon);
  const Answer expected = oracle_of(problem, epsilon);
  const auto tokens = static_cast<double>(problem.targets.size(0));
  expect_near(actual.smoothed / tokens, expected.smoothed / tokens, 1e-5);
  expect_near(actual.likelihood / tokens, expected.likelihood / tokens, 1e-5);
  expect_near(actual.hidden_gradient, expected.hidden_gradient.to(torch::kFloat), 1e-5);
  expect_near(actual.weight_gradient, expected.weight_gradient.to(torch::kFloat), 1e-5);
}

class SmoothedCrossEntropy
    : public testing::TestWithParam<std::tuple<std::int64_t, std::int64_t, double>> {};

TEST_P(SmoothedCrossEntropy, EqualsLibTorchInValueAndGradients) {
  const auto [tokens, classes, epsilon] = GetParam();
  expect_same(random_problem(tokens, classes), epsilon);
}

TEST_P(SmoothedCrossEntropy, StaysExactForExtremeLogits) {
  const auto [tokens, classes, epsilon] = GetParam();
  expect_same(extreme_problem(tokens, classes), epsilon);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SmoothedCrossEntropy,
                         testing::Combine(testing::Values(1, 255, 256, 257, 600),
                                          testing::Values(2, 16, 17, 100),
                                          testing::Values(0.0, 0.1)));

TEST(SmoothedCrossEntropyPaths, AddTheOutputBias) {
  for (const std::int64_t tokens : {5, 300}) {
    const Problem problem = random_problem(tokens, 23);
    const Tensor start = at::linspace(-2.0, 2.0, 23);
    const Tensor exact = start.to(torch::kDouble).requires_grad_();
    const Tensor logits =
        at::linear(problem.hidden.to(torch::kDouble), problem.weight.to(torch::kDouble), exact);
    const Tensor expected =
        at::cross_entropy_loss(logits, problem.targets, {}, at::Reduction::Sum, -100, 0.1);
    (expected * kUpstream).backward();
    for (const auto type : {torch::kFloat, torch::kDouble}) {  // the kernel, and LibTorch's way
      const Tensor bias = start.clone().to(type).requires_grad_();
      const OutputLayer output(problem.weight.to(type), bias);
      const Loss loss =
          smoothed_cross_entropy(problem.hidden.to(type), output, problem.targets, 0.1);
      (loss.smoothed * kUpstream).backward();
      expect_near(loss.smoothed.detach().to(torch::kDouble) / tokens, expected.detach() / tokens,
                  1e-5);
      expect_near(bias.grad().to(torch::kDouble), exact.grad(), 1e-5 * static_cast<double>(tokens));
      EXPECT_GT(exact.grad().abs().max().item<double>(), 0.1);
    }
  }
}

TEST(SmoothedCrossEntropyPaths, GiveTheSameLossWithoutGradients) {
  const Problem problem = random_problem(300, 23);
  const Answer expected = oracle_of(problem, 0.1);
  const Tensor weight = problem.weight.clone().requires_grad_();
  const torch::NoGradGuard no_grad;
  const Loss loss = smoothed_cross_entropy(problem.hidden, weight, problem.targets, 0.1);
  EXPECT_FALSE(loss.smoothed.requires_grad());
  expect_near(loss.smoothed / 300, expected.smoothed / 300, 1e-5);
  expect_near(loss.negative_log_likelihood / 300, expected.likelihood / 300, 1e-5);
}

TEST(SmoothedCrossEntropyPaths, ComputeTheGradientOfTheOnlyInputThatRequiresIt) {
  const Problem problem = random_problem(40, 23);
  const Answer expected = oracle_of(problem, 0.1);
  const Tensor hidden = problem.hidden.clone().requires_grad_();
  const Loss loss = smoothed_cross_entropy(hidden, problem.weight, problem.targets, 0.1);
  (loss.smoothed * kUpstream).backward();
  expect_near(hidden.grad(), expected.hidden_gradient.to(torch::kFloat), 1e-5);
  EXPECT_FALSE(problem.weight.grad().defined());
}

TEST(SmoothedCrossEntropyPaths, TakeHiddenStatesThatAreNotContiguous) {
  const Problem problem = random_problem(40, 23);
  Problem strided = problem;
  strided.hidden = problem.hidden.t().contiguous().t();
  ASSERT_FALSE(strided.hidden.is_contiguous());
  expect_near(answer_of(strided, 0.1).weight_gradient, answer_of(problem, 0.1).weight_gradient,
              1e-6);
}

TEST(SmoothedCrossEntropyPaths, ComputeOtherNumberTypesThroughLibTorch) {
  const Problem problem = random_problem(40, 23);
  const Answer expected = oracle_of(problem, 0.1);
  const Tensor hidden = problem.hidden.to(torch::kDouble).requires_grad_();
  const Loss loss =
      smoothed_cross_entropy(hidden, problem.weight.to(torch::kDouble), problem.targets, 0.1);
  (loss.smoothed * kUpstream).backward();
  expect_near(loss.smoothed.to(torch::kDouble) / 40, expected.smoothed / 40, 1e-5);
  expect_near(hidden.grad(), expected.hidden_gradient, 1e-5);
  EXPECT_FALSE(loss.negative_log_likelihood.requires_grad());
}

TEST(SmoothedCrossEntropyPaths, GeneralOperationsGoBySlicesToo) {
  constexpr std::int64_t kTokens = 9000;  // more than a slice
  Problem problem = random_problem(kTokens, 11);
  const Answer expected = oracle_of(problem, 0.1);
  problem.hidden = problem.hidden.to(torch::kDouble);
  problem.weight = problem.weight.to(torch::kDouble);
  const Answer actual = answer_of(problem, 0.1);
  expect_near(actual.smoothed / kTokens, expected.smoothed / kTokens, 1e-9);
  expect_near(actual.likelihood / kTokens, expected.likelihood / kTokens, 1e-9);
  expect_near(actual.hidden_gradient, expected.hidden_gradient, 1e-9);
  expect_near(actual.weight_gradient, expected.weight_gradient, 1e-9);
}

TEST(SmoothedCrossEntropyPaths, ShowAStateThatIsNotFinite) {
  Problem problem = random_problem(5, 23);
  problem.hidden[3][0] = std::numeric_limits<float>::quiet_NaN();
  const Answer answer = answer_of(problem, 0.1);
  EXPECT_FALSE(std::isfinite(answer.smoothed.item<double>()));
  EXPECT_FALSE(at::isfinite(answer.weight_gradient).all().item<bool>());
}

TEST(SmoothedCrossEntropyPaths, RefuseShapesThatDoNotMatch) {
  const Problem problem = random_problem(5, 23);
  EXPECT_THROW(smoothed_cross_entropy(problem.hidden, problem.weight, at::zeros({4}, at::kLong), 0),
               c10::Error);
}

}  // namespace
}  // namespace regard
