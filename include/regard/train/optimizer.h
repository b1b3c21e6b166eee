#pragma once

#include <cstdint>
#include <vector>

#include "regard/tensor/tensor_file.h"
#include "regard/train/training_options.h"

namespace regard {

/// What may hold an optimizer step back, as tensors on the device, so that the step need not wait
/// for them.
struct StepControl {
  at::Tensor divisor;  ///< [] float32: gradients are divided by it first; undefined = 1
  at::Tensor refused;  ///< [] float32: 1 = nothing is changed, 0 = continue; undefined = 0
};

/// Adam, AdamW and SGD over a fixed list of parameters, by LibTorch's fused steps.
class Optimizer {
 public:
  Optimizer(const OptimizerOptions& options, const NamedTensors& parameters);

  void zero_gradients();
  /// 2-norm of all gradients together, as a tensor [] on the parameters' device. Parameters without
  /// a gradient count 0.
  at::Tensor gradient_norm() const;
  void step(double learning_rate, const StepControl& control = {});

  /// Moments "m.<parameter>" (sgd: with momentum only) and "v.<parameter>" (adam); they share
  /// memory with the optimizer's.
  NamedTensors moments() const;
  /// Steps taken, refused ones not counted. Waits for the device.
  std::int64_t num_steps() const;
  /// After loading moments.
  void set_num_steps(std::int64_t steps);

 private:
  std::vector<at::Tensor> gradients() const;
  void step_adam(double learning_rate, const StepControl& control);
  void step_sgd(double learning_rate, const StepControl& control);

  OptimizerOptions options_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> first_moments_;
  std::vector<at::Tensor> second_moments_;
  std::vector<at::Tensor> steps_;  // [] each, as the fused kernels want them
};

}  // namespace regard
