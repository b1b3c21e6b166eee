#pragma once

#include <cstdint>
#include <vector>

#include "regard/tensor/tensor_file.h"
#include "regard/train/training_options.h"

namespace regard {

/// Adam and AdamW over a fixed list of parameters, by LibTorch's fused step.
class Optimizer {
 public:
  Optimizer(const OptimizerOptions& options, const NamedTensors& parameters);

  void zero_gradients();
  /// 2-norm of all gradients together, as a tensor [] on the parameters' device. Parameters without
  /// a gradient count 0.
  torch::Tensor gradient_norm() const;
  void scale_gradients(double factor);
  void step(double learning_rate);

  /// Moments "m.<parameter>" and "v.<parameter>"; they share memory with the optimiser's.
  NamedTensors moments() const;
  std::int64_t num_steps() const { return num_steps_; }
  /// After loading moments.
  void set_num_steps(std::int64_t steps);

 private:
  std::vector<at::Tensor> gradients() const;

  OptimizerOptions options_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> first_moments_;
  std::vector<at::Tensor> second_moments_;
  std::vector<at::Tensor> steps_;
  std::int64_t num_steps_ = 0;
};

}  // namespace regard
