#include "regard/engine/packed_matrix.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "regard/engine/parallel.h"

#include "engine/random_values.h"
#include "engine/short_floats.h"

namespace regard {
namespace {

using test::random_values;
using Values = std::vector<float>;

/// Kernel, rows, in, out: whole blocks, whole panels, and what is left over of each.
class EnginePackedMatrix
    : public testing::TestWithParam<std::tuple<ProductKernel, int, std::pair<int, int>>> {
 protected:
  void SetUp() override {
    if (!has_kernel(kernel())) GTEST_SKIP() << "this CPU does not support it";
    x_ = random_values(rows() * in(), 1.0F, 1);
    weight_ = random_values(out() * in(), 1.0F, 2);
    bias_ = random_values(out(), 1.0F, 3);
  }
  ProductKernel kernel() const { return std::get<0>(GetParam()); }
  std::int64_t rows() const { return std::get<1>(GetParam()); }
  std::int64_t in() const { return std::get<2>(GetParam()).first; }
  std::int64_t out() const { return std::get<2>(GetParam()).second; }

  Values product(WeightType type, const MatrixView& weight, const Values& bias,
                 const PackedMatrix::Epilogue& finish = {}) const {
    const PackedMatrix packed(weight, bias, type, kernel());
    Values y(static_cast<std::size_t>(rows() * out()), 1e9F);
    packed.multiply(x_.data(), rows(), y.data(), finish);
    return y;
  }
  MatrixView whole() const { return MatrixView::of(weight_.data(), out(), in()); }
  /// In double, with those weights.
  std::vector<double> wanted(const Values& weight, const Values& bias) const {
    std::vector<double> y;
    for (std::int64_t row = 0; row < rows(); ++row) {
      for (std::int64_t column = 0; column < out(); ++column) {
        double sum = bias.empty() ? 0.0 : bias[static_cast<std::size_t>(column)];
        for (std::int64_t i = 0; i < in(); ++i) {
          sum += static_cast<double>(x_[static_cast<std::size_t>(row * in() + i)]) *
                 weight[static_cast<std::size_t>(column * in() + i)];
        }
        y.push_back(sum);
      }
    }
    return y;
  }

  Values x_;
  Values weight_;
  Values bias_;
};

void expect_near(const Values& actual, const std::vector<double>& wanted, double tolerance) {
  ASSERT_FALSE(wanted.empty());
  ASSERT_EQ(actual.size(), wanted.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(actual[i], wanted[i], tolerance * (1.0 + std::abs(wanted[i]))) << i;
}

TEST_P(EnginePackedMatrix, EqualsTheProduct) {
  expect_near(product(WeightType::float32, whole(), bias_), wanted(weight_, bias_), 1e-4);
  expect_near(product(WeightType::float32, whole(), {}), wanted(weight_, {}), 1e-4);
}

TEST_P(EnginePackedMatrix, TakesWeightsOfAnyStrides) {
  const Values expected = product(WeightType::float32, whole(), bias_);
  Values turned(weight_.size());
  Values sparse(2 * weight_.size());
  for (std::int64_t row = 0; row < out(); ++row) {
    for (std::int64_t column = 0; column < in(); ++column) {
      const float value = weight_[static_cast<std::size_t>(row * in() + column)];
      turned[static_cast<std::size_t>(column * out() + row)] = value;
      sparse[static_cast<std::size_t>(2 * (row * in() + column))] = value;
    }
  }
  EXPECT_EQ(product(WeightType::float32, {turned.data(), out(), in(), 1, out()}, bias_), expected);
  EXPECT_EQ(product(WeightType::float32, {sparse.data(), out(), in(), 2 * in(), 2}, bias_),
            expected);
  EXPECT_EQ(product(WeightType::int8, {turned.data(), out(), in(), 1, out()}, bias_),
            product(WeightType::int8, whole(), bias_));
}

TEST_P(EnginePackedMatrix, FinishesWithReluThenSum) {
  const Values added = random_values(rows() * out(), 1.0F, 4);
  std::vector<double> expected = wanted(weight_, bias_);
  for (std::size_t i = 0; i < expected.size(); ++i)
    expected[i] = std::max(0.0, expected[i]) + added[i];
  expect_near(product(WeightType::float32, whole(), bias_, {true, added.data()}), expected, 1e-4);
}

TEST_P(EnginePackedMatrix, ThreadsChangeNothing) {
  const int before = compute_threads();
  for (const WeightType type : {WeightType::float32, WeightType::bfloat16, WeightType::int8}) {
    use_compute_threads(1);
    const Values alone = product(type, whole(), bias_);
    use_compute_threads(3);
    EXPECT_EQ(product(type, whole(), bias_), alone);
  }
  use_compute_threads(before);
}

TEST_P(EnginePackedMatrix, Int8EqualsTheProductOfRoundedRows) {
  const auto rounded = [](const Values& values, std::int64_t width) {
    Values result;
    for (auto row = values.begin(); row != values.end(); row += width) {
      float top = 0;
      for (auto value = row; value != row + width; ++value)
        top = std::max(top, std::abs(*value));
      for (auto value = row; value != row + width; ++value)
        result.push_back(std::nearbyint(*value / (top / 127.0F)) * (top / 127.0F));
    }
    return result;
  };
  const Values x = x_;
  x_ = rounded(x, in());
  const std::vector<double> expected = wanted(rounded(weight_, in()), bias_);
  x_ = x;
  const Values y = product(WeightType::int8, whole(), bias_);
  double size = 0;
  double error = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    size = std::max(size, std::abs(expected[i]));
    error = std::max(error, std::abs(expected[i] - y[i]));
  }
  ASSERT_GT(size, 0.1);
  // A value in the middle between two steps may fall either way.
  EXPECT_LT(error, 0.004 * size);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, EnginePackedMatrix,
    testing::Combine(testing::Values(ProductKernel::portable, ProductKernel::avx2,
                                     ProductKernel::avx512),
                     testing::Values(1, 7, 61),
                     testing::Values(std::pair{64, 96}, std::pair{37, 5}, std::pair{130, 71})));

TEST(EnginePackedMatrixOf, ABiasOfAnotherSizeIsAMistake) {
  const Values weight(12, 1.0F);
  const Values bias(4, 1.0F);
  EXPECT_THROW(PackedMatrix(MatrixView::of(weight.data(), 3, 4), bias, WeightType::float32),
               std::invalid_argument);
}

TEST(ShortFloats, RoundToTheNearestAndOfTwoToTheEven) {
  EXPECT_EQ(to_bfloat16(1.0F), 0x3f80);
  EXPECT_EQ(to_bfloat16(-2.5F), 0xc020);
  EXPECT_EQ(to_bfloat16(std::bit_cast<float>(0x3f808000U)), 0x3f80) << "halfway, to the even one";
  EXPECT_EQ(to_bfloat16(std::bit_cast<float>(0x3f818000U)), 0x3f82);
  EXPECT_EQ(to_bfloat16(std::bit_cast<float>(0x3f808001U)), 0x3f81);
  EXPECT_EQ(to_float16(1.0F), 0x3c00);
  EXPECT_EQ(to_float16(-2.5F), 0xc100);
  EXPECT_EQ(to_float16(65504.0F), 0x7bff);
  EXPECT_EQ(to_float16(65536.0F), 0x7c00) << "infinity";
  EXPECT_EQ(to_float16(0x1p-24F), 0x0001) << "the smallest";
  EXPECT_EQ(to_float16(0x1p-25F), 0x0000) << "halfway, to the even one";
  EXPECT_EQ(to_float16(1.0F + 0x1p-11F), 0x3c00) << "halfway, to the even one";
  EXPECT_EQ(to_float16(1.0F + 0x1.8p-10F), 0x3c02);
  const float none = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(to_bfloat16(none) & 0x7fff, 0x7fc0);
  EXPECT_EQ(to_float16(none) & 0x7fff, 0x7e00);
}

}  // namespace
}  // namespace regard
