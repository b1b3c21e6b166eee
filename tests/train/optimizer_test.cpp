#include "regard/train/optimizer.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_near;
using torch::Tensor;

constexpr int kSteps = 20;

/// Three parameters of different sizes, the same for each call.
std::vector<Tensor> parameters() {
  std::vector<Tensor> tensors;
  at::Generator generator = at::detail::createCPUGenerator(3);
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{7, 5}, {33}, {1}}) {
    tensors.push_back(at::randn(shape, generator, torch::kFloat).requires_grad_());
  }
  return tensors;
}

NamedTensors named(const std::vector<Tensor>& tensors) {
  NamedTensors result;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    result.emplace_back(str("p", i), tensors[i]);
  }
  return result;
}

/// Gradients of a different size and direction at each step.
void fill_gradients(const std::vector<Tensor>& tensors, int step) {
  for (const Tensor& tensor : tensors) {
    const Tensor index = at::arange(tensor.numel()).reshape(tensor.sizes()).to(torch::kFloat);
    tensor.mutable_grad() = (index * 0.7 + step).sin() * std::pow(10.0, step % 4 - 2);
  }
}

double rate_of(int step) {
  return 1e-2 / (1 + step);
}

OptimizerOptions options_of(OptimizerType type, double weight_decay) {
  OptimizerOptions options;
  options.type = type;
  options.weight_decay = weight_decay;
  options.epsilon = 1e-8;
  return options;
}

template <class Reference, class ReferenceOptions>
void expect_same_steps(OptimizerType type, double weight_decay) {
  const std::vector<Tensor> ours = parameters();
  const std::vector<Tensor> theirs = parameters();
  Optimizer optimizer(options_of(type, weight_decay), named(ours));
  Reference reference(
      theirs, ReferenceOptions(1.0).betas({0.9, 0.98}).eps(1e-8).weight_decay(weight_decay));
  for (int step = 0; step < kSteps; ++step) {
    fill_gradients(ours, step);
    fill_gradients(theirs, step);
    optimizer.step(rate_of(step));
    reference.param_groups().front().options().set_lr(rate_of(step));
    reference.step();
  }
  EXPECT_EQ(optimizer.num_steps(), kSteps);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_FALSE(torch::equal(ours[i], parameters()[i]));
    expect_near(ours[i].detach(), theirs[i].detach(), 1e-6);
  }
}

TEST(Optimizer, EqualsLibTorchsAdam) {
  expect_same_steps<torch::optim::Adam, torch::optim::AdamOptions>(OptimizerType::adam, 0.0);
}

TEST(Optimizer, EqualsLibTorchsAdamWithDecayInTheGradient) {
  expect_same_steps<torch::optim::Adam, torch::optim::AdamOptions>(OptimizerType::adam, 0.1);
}

TEST(Optimizer, EqualsLibTorchsAdamW) {
  expect_same_steps<torch::optim::AdamW, torch::optim::AdamWOptions>(OptimizerType::adamw, 0.1);
}

TEST(Optimizer, GivesTheNormOfAllGradientsTogether) {
  const std::vector<Tensor> tensors = parameters();
  Optimizer optimizer(options_of(OptimizerType::adam, 0), named(tensors));
  for (const Tensor& tensor : tensors) {
    tensor.mutable_grad() = at::full_like(tensor.detach(), 2.0);
  }
  EXPECT_NEAR(optimizer.gradient_norm().item<double>(), 2.0 * std::sqrt(35 + 33 + 1), 1e-5);
  tensors[1].mutable_grad().reset();
  EXPECT_NEAR(optimizer.gradient_norm().item<double>(), 2.0 * std::sqrt(35 + 1), 1e-5);
}

TEST(Optimizer, ShowsAGradientThatIsNotFinite) {
  const std::vector<Tensor> tensors = parameters();
  Optimizer optimizer(options_of(OptimizerType::adam, 0), named(tensors));
  fill_gradients(tensors, 1);
  ASSERT_TRUE(std::isfinite(optimizer.gradient_norm().item<double>()));
  tensors[1].mutable_grad()[4] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(std::isfinite(optimizer.gradient_norm().item<double>()));
  tensors[1].mutable_grad()[4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(std::isfinite(optimizer.gradient_norm().item<double>()));
}

OptimizerOptions with_momentum(OptimizerType type) {
  OptimizerOptions options = options_of(type, 0.01);
  options.momentum = 0.9;
  return options;
}

TEST(Optimizer, EqualsLibTorchsSgd) {
  for (const double momentum : {0.0, 0.9}) {
    SCOPED_TRACE(momentum);
    const std::vector<Tensor> ours = parameters();
    const std::vector<Tensor> theirs = parameters();
    OptimizerOptions options = options_of(OptimizerType::sgd, 0.1);
    options.momentum = momentum;
    Optimizer optimizer(options, named(ours));
    torch::optim::SGD reference(theirs,
                                torch::optim::SGDOptions(1.0).momentum(momentum).weight_decay(0.1));
    for (int step = 0; step < kSteps; ++step) {
      fill_gradients(ours, step);
      fill_gradients(theirs, step);
      optimizer.step(rate_of(step));
      reference.param_groups().front().options().set_lr(rate_of(step));
      reference.step();
    }
    EXPECT_EQ(optimizer.moments().size(), momentum > 0 ? ours.size() : 0U);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_FALSE(torch::equal(ours[i], parameters()[i]));
      expect_near(ours[i].detach(), theirs[i].detach(), 1e-5);
    }
  }
}

TEST(Optimizer, DividesTheGradientsFirst) {
  for (const OptimizerType type : config::enum_table<OptimizerType>().values) {
    SCOPED_TRACE(config::word_of(type));
    const std::vector<Tensor> divided = parameters();
    const std::vector<Tensor> plain = parameters();
    Optimizer first(with_momentum(type), named(divided));
    Optimizer second(with_momentum(type), named(plain));
    for (int step = 0; step < 5; ++step) {
      fill_gradients(divided, step);
      fill_gradients(plain, step);
      for (const Tensor& tensor : plain)
        tensor.mutable_grad().div_(4.0);
      first.step(rate_of(step), {at::full({}, 4.0F), {}});
      second.step(rate_of(step));
    }
    for (std::size_t i = 0; i < plain.size(); ++i) {
      EXPECT_FALSE(torch::equal(plain[i], parameters()[i]));
      expect_near(divided[i].detach(), plain[i].detach(), 1e-6);
    }
  }
}

TEST(Optimizer, ChangesNothingInARefusedStep) {
  for (const OptimizerType type : config::enum_table<OptimizerType>().values) {
    SCOPED_TRACE(config::word_of(type));
    const std::vector<Tensor> disturbed = parameters();
    const std::vector<Tensor> plain = parameters();
    Optimizer first(with_momentum(type), named(disturbed));
    Optimizer second(with_momentum(type), named(plain));
    for (int step = 0; step < 4; ++step) {
      fill_gradients(disturbed, step);
      disturbed[0].mutable_grad().fill_(std::numeric_limits<float>::quiet_NaN());
      first.step(rate_of(step), {at::full({}, 3.0F), at::ones({}, at::kFloat)});
      fill_gradients(disturbed, step);
      first.step(rate_of(step), {{}, at::zeros({}, at::kFloat)});
      fill_gradients(plain, step);
      second.step(rate_of(step));
    }
    EXPECT_EQ(first.num_steps(), 4);
    EXPECT_EQ(second.num_steps(), 4);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      EXPECT_FALSE(torch::equal(plain[i], parameters()[i]));
      EXPECT_TRUE(torch::equal(disturbed[i], plain[i]));
    }
  }
}

TEST(Optimizer, ForgetsGradientsAndLeavesUntouchedParametersAsTheyAre) {
  const std::vector<Tensor> tensors = parameters();
  Optimizer optimizer(options_of(OptimizerType::adam, 0), named(tensors));
  fill_gradients(tensors, 1);
  optimizer.zero_gradients();
  EXPECT_EQ(optimizer.gradient_norm().item<double>(), 0.0);
  optimizer.step(0.1);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_TRUE(torch::equal(tensors[i], parameters()[i]));
  }
}

TEST(Optimizer, GoesOnFromItsMomentsBitForBit) {
  const std::vector<Tensor> whole = parameters();
  Optimizer in_one_go(options_of(OptimizerType::adam, 0.01), named(whole));
  const std::vector<Tensor> split = parameters();
  Optimizer first(options_of(OptimizerType::adam, 0.01), named(split));
  for (int step = 0; step < 5; ++step) {
    fill_gradients(whole, step);
    in_one_go.step(rate_of(step));
    fill_gradients(split, step);
    first.step(rate_of(step));
  }
  Optimizer second(options_of(OptimizerType::adam, 0.01), named(split));
  const NamedTensors from = first.moments();
  const NamedTensors to = second.moments();
  ASSERT_EQ(from.size(), 2 * split.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    ASSERT_EQ(from[i].first, to[i].first);
    EXPECT_GT(from[i].second.abs().sum().item<double>(), 0.0);
    at::Tensor(to[i].second).copy_(from[i].second);
  }
  second.set_num_steps(first.num_steps());
  for (int step = 5; step < 10; ++step) {
    fill_gradients(whole, step);
    in_one_go.step(rate_of(step));
    fill_gradients(split, step);
    second.step(rate_of(step));
  }
  EXPECT_EQ(second.num_steps(), 10);
  for (std::size_t i = 0; i < whole.size(); ++i)
    EXPECT_TRUE(torch::equal(whole[i], split[i]));
}

}  // namespace
}  // namespace regard
