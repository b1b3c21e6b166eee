#pragma once

#include <algorithm>
#include <cstdint>
#include <source_location>
#include <string>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

namespace regard::test {

namespace detail {

inline void fail_at(const std::source_location& where, const std::string& text) {
  ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << text;
}

/// Why the two cannot be compared; empty when they can.
inline std::string incomparable(const torch::Tensor& actual, const torch::Tensor& expected) {
  if (!actual.defined() || !expected.defined()) return "an undefined tensor";
  if (actual.numel() == 0) return "nothing to compare";
  if (actual.sizes() != expected.sizes()) {
    return c10::str("shape ", actual.sizes(), ", expected ", expected.sizes());
  }
  if (actual.scalar_type() != expected.scalar_type()) {
    return c10::str("type ", actual.scalar_type(), ", expected ", expected.scalar_type());
  }
  if (actual.is_floating_point() &&
      !(at::isfinite(actual).all() & at::isfinite(expected).all()).item<bool>()) {
    return "values that are not finite";
  }
  return "";
}

}  // namespace detail

/// Every |actual - expected| <= tolerance * max(1, largest |expected|). Fails also where nothing
/// would be compared: undefined or empty tensors, another shape or type, values that are not
/// finite.
inline void expect_near(const torch::Tensor& actual, const torch::Tensor& expected,
                        double tolerance,
                        std::source_location where = std::source_location::current()) {
  const std::string obstacle = detail::incomparable(actual, expected);
  if (!obstacle.empty()) return detail::fail_at(where, obstacle);
  const auto a = actual.detach().to(torch::kCPU, torch::kDouble);
  const auto e = expected.detach().to(torch::kCPU, torch::kDouble);
  const double bound = tolerance * std::max(1.0, e.abs().max().item<double>());
  const double distance = (a - e).abs().max().item<double>();
  if (distance > bound) {
    detail::fail_at(where, c10::str("the tensors differ by ", distance, ", allowed ", bound,
                                    "\nactual ", actual, "\nexpected ", expected));
  }
}

/// The same values exactly, of a comparison that compares something.
inline void expect_identical(const torch::Tensor& actual, const torch::Tensor& expected,
                             std::source_location where = std::source_location::current()) {
  const std::string obstacle = detail::incomparable(actual, expected);
  if (!obstacle.empty()) return detail::fail_at(where, obstacle);
  if (!at::equal(actual, expected)) {
    detail::fail_at(where,
                    c10::str("the tensors differ\nactual ", actual, "\nexpected ", expected));
  }
}

inline void expect_finite(const torch::Tensor& actual,
                          std::source_location where = std::source_location::current()) {
  const std::string obstacle = detail::incomparable(actual, actual);
  if (!obstacle.empty()) detail::fail_at(where, obstacle);
}

/// Standard normal numbers from a seed.
inline torch::Tensor normal(at::IntArrayRef shape, std::uint64_t seed,
                            torch::Dtype dtype = torch::kDouble) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions().dtype(torch::kDouble)).to(dtype);
}

/// Draws every parameter of a module, biases and norms included (which initialise_parameters leaves
/// at 0 and 1, where a forgotten one would not be seen), and turns it into float64.
inline void randomise_parameters(torch::nn::Module& module, std::uint64_t seed) {
  torch::NoGradGuard no_grad;
  module.to(torch::kDouble);
  for (auto& item : module.named_parameters()) {
    item.value().copy_(0.4 * normal(item.value().sizes(), seed++));
  }
}

}  // namespace regard::test
