#include "regard/train/optimizer.h"

#include <torch/torch.h>

namespace regard {

using at::Tensor;

Optimizer::Optimizer(const OptimizerOptions& options, const NamedTensors& parameters)
    : options_(options) {
  for (const auto& [name, parameter] : parameters) {
    names_.push_back(name);
    parameters_.push_back(parameter);
    first_moments_.push_back(at::zeros_like(parameter.detach()));
    second_moments_.push_back(at::zeros_like(parameter.detach()));
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

void Optimizer::scale_gradients(double factor) {
  torch::NoGradGuard no_grad;
  at::_foreach_mul_(gradients(), factor);
}

void Optimizer::step(double learning_rate) {
  torch::NoGradGuard no_grad;
  at::_foreach_add_(steps_, 1);
  ++num_steps_;
  const bool is_decoupled = options_.type == OptimizerType::adamw;
  const auto fused = [&](auto&& function) {
    function(parameters_, gradients(), first_moments_, second_moments_, std::vector<Tensor>{},
             steps_, learning_rate, options_.beta1, options_.beta2, options_.weight_decay,
             options_.epsilon,
             /*amsgrad=*/false, /*maximize=*/false);
  };
  if (is_decoupled) {
    fused([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  } else {
    fused([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  }
}

NamedTensors Optimizer::moments() const {
  NamedTensors moments;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    moments.emplace_back("m." + names_[i], first_moments_[i]);
    moments.emplace_back("v." + names_[i], second_moments_[i]);
  }
  return moments;
}

void Optimizer::set_num_steps(std::int64_t steps) {
  num_steps_ = steps;
  for (Tensor& step : steps_)
    step.fill_(static_cast<double>(steps));
}

}  // namespace regard
