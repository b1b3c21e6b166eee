#include "regard/train/optimizer.h"

#include <optional>

#include "regard/tensor/torch.h"

namespace regard {

using at::Tensor;

namespace {

std::optional<Tensor> optional(const Tensor& tensor) {
  return tensor.defined() ? std::optional<Tensor>(tensor) : std::nullopt;
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, const NamedTensors& parameters)
    : options_(options) {
  const bool is_adam = options.type != OptimizerType::sgd;
  for (const auto& [name, parameter] : parameters) {
    names_.push_back(name);
    parameters_.push_back(parameter);
    if (is_adam || options.momentum > 0.0)
      first_moments_.push_back(at::zeros_like(parameter.detach()));
    if (is_adam) second_moments_.push_back(at::zeros_like(parameter.detach()));
    steps_.push_back(at::zeros({}, parameter.options().dtype(at::kFloat).requires_grad(false)));
  }
}

void Optimizer::zero_gradients() {
  for (Tensor& parameter : parameters_)
    parameter.mutable_grad().reset();
}

/// A parameter that the loss did not touch has a gradient of 0, so that the lists stay parallel.
std::vector<Tensor> Optimizer::gradients() const {
  std::vector<Tensor> gradients;
  for (const Tensor& parameter : parameters_) {
    gradients.push_back(parameter.grad().defined() ? parameter.grad()
                                                   : at::zeros_like(parameter.detach()));
  }
  return gradients;
}

Tensor Optimizer::gradient_norm() const {
  torch::NoGradGuard no_grad;
  return at::stack(at::_foreach_norm(gradients())).norm();
}

void Optimizer::step(double learning_rate, const StepControl& control) {
  torch::NoGradGuard no_grad;
  at::_foreach_add_(steps_, 1);
  // The fused kernels leave everything as it is when `refused` is 1; the counters follow.
  if (control.refused.defined()) at::_foreach_add_(steps_, control.refused, -1);
  if (options_.type == OptimizerType::sgd) {
    step_sgd(learning_rate, control);
  } else {
    step_adam(learning_rate, control);
  }
}

void Optimizer::step_adam(double learning_rate, const StepControl& control) {
  const auto fused = [&](auto&& function) {
    function(parameters_, gradients(), first_moments_, second_moments_, std::vector<Tensor>{},
             steps_, learning_rate, options_.beta1, options_.beta2, options_.weight_decay,
             options_.epsilon,
             /*amsgrad=*/false, /*maximize=*/false, optional(control.divisor),
             optional(control.refused));
  };
  if (options_.type == OptimizerType::adamw) {
    fused([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  } else {
    fused([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  }
}

/// The first momentum is the first gradient: a buffer of zeros gives that without a special first
/// step, because gradients are not dampened.
void Optimizer::step_sgd(double learning_rate, const StepControl& control) {
  at::_fused_sgd_(parameters_, gradients(), first_moments_, options_.weight_decay,
                  options_.momentum, learning_rate, /*dampening=*/0.0, /*nesterov=*/false,
                  /*maximize=*/false, /*is_first_step=*/false, optional(control.divisor),
                  optional(control.refused));
}

NamedTensors Optimizer::moments() const {
  NamedTensors moments;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (i < first_moments_.size()) moments.emplace_back("m." + names_[i], first_moments_[i]);
    if (i < second_moments_.size()) moments.emplace_back("v." + names_[i], second_moments_[i]);
  }
  return moments;
}

std::int64_t Optimizer::num_steps() const {
  return steps_.empty() ? 0 : steps_.front().item<std::int64_t>();
}

void Optimizer::set_num_steps(std::int64_t steps) {
  for (Tensor& step : steps_)
    step.fill_(static_cast<double>(steps));
}

}  // namespace regard
