#include "regard/engine/activation.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "regard/engine/positions.h"

namespace regard {
namespace {

/// From -12 to 12, small ones and 0 among them.
std::vector<float> arguments() {
  std::vector<float> values = {0.0F, -0.0F, 1e-6F, -1e-6F, 1e-20F, 100.0F, -100.0F};
  for (int i = -4000; i <= 4000; ++i)
    values.push_back(static_cast<float>(i) * 0.003F);
  return values;
}

template <class Function>
void expect_function(Activation activation, const Function& function) {
  std::vector<float> values = arguments();
  activate(activation, values.data(), std::ssize(values));
  const std::vector<float> x = arguments();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = function(static_cast<double>(x[i]));
    ASSERT_NEAR(values[i], expected, 4e-7 * std::max(1.0, std::abs(static_cast<double>(x[i]))))
        << x[i];
  }
}

TEST(Activations, AreTheirFunctions) {
  expect_function(Activation::relu, [](double x) { return std::max(0.0, x); });
  expect_function(Activation::gelu,
                  [](double x) { return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0))); });
  expect_function(Activation::silu, [](double x) { return x / (1.0 + std::exp(-x)); });
  std::vector<float> values = arguments();
  apply_sigmoid(values.data(), std::ssize(values));
  for (std::size_t i = 0; i < values.size(); ++i)
    ASSERT_NEAR(values[i], 1.0 / (1.0 + std::exp(-static_cast<double>(arguments()[i]))), 2e-7);
}

TEST(PositionVectors, AreSinesAndCosines) {
  const std::int64_t dim = 6;
  for (const PositionKind kind :
       {PositionKind::sinusoidal, PositionKind::sinusoidal_halves, PositionKind::timing}) {
    const std::vector<float> table = position_vectors(kind, 5, dim);
    ASSERT_EQ(table.size(), 30u);
    for (std::int64_t p = 0; p < 5; ++p) {
      for (std::int64_t i = 0; i < 3; ++i) {
        const double rate =
            std::pow(10000.0, -static_cast<double>(i) / (kind == PositionKind::timing ? 2.0 : 3.0));
        const bool is_interleaved = kind == PositionKind::sinusoidal;
        const float* row = table.data() + p * dim;
        const auto angle = static_cast<double>(p) * rate;
        EXPECT_NEAR(row[is_interleaved ? 2 * i : i], std::sin(angle), 1e-7);
        EXPECT_NEAR(row[is_interleaved ? 2 * i + 1 : 3 + i], std::cos(angle), 1e-7);
      }
    }
  }
  EXPECT_THROW(position_vectors(PositionKind::timing, 5, 7), std::invalid_argument);
}

}  // namespace
}  // namespace regard
