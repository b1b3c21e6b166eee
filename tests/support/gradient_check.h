#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard::test {

using Leaves = std::vector<std::pair<std::string, torch::Tensor>>;

/// The parameters of a module as leaves, after `others`.
inline Leaves with_parameters(Leaves others, const torch::nn::Module& module) {
  for (const auto& item : module.named_parameters())
    others.emplace_back(item.key(), item.value());
  return others;
}

/// Compares the gradient of `loss` (a scalar, float64) with central differences in every element of
/// every leaf. A leaf must be contiguous, and at least one of its gradients must not be 0.
inline void expect_gradients(const std::function<torch::Tensor()>& loss, const Leaves& leaves,
                             double tolerance) {
  constexpr double kStep = 1e-5;
  ASSERT_FALSE(leaves.empty());
  std::vector<torch::Tensor> tensors;
  for (const auto& [name, leaf] : leaves) {
    ASSERT_EQ(leaf.scalar_type(), torch::kDouble) << name;
    ASSERT_TRUE(leaf.is_leaf() && leaf.is_contiguous()) << name;
    leaf.requires_grad_();
    tensors.push_back(leaf);
  }
  const auto gradients = torch::autograd::grad({loss()}, tensors);
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    SCOPED_TRACE("gradient of " + leaves[i].first);
    torch::Tensor numeric = at::empty_like(leaves[i].second);
    double* const value = leaves[i].second.mutable_data_ptr<double>();
    double* const slope = numeric.mutable_data_ptr<double>();
    for (std::int64_t k = 0; k < numeric.numel(); ++k) {
      const double old = value[k];
      value[k] = old + kStep;
      const double above = loss().item<double>();
      value[k] = old - kStep;
      const double below = loss().item<double>();
      value[k] = old;
      slope[k] = (above - below) / (2.0 * kStep);
    }
    EXPECT_GT(numeric.abs().max().item<double>(), 1e-6) << "no gradient at all";
    expect_near(gradients[i], numeric, tolerance);
  }
}

}  // namespace regard::test
