#include "regard/tensor/packed_weights.h"

#include <limits>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using at::Tensor;

const char* name_of(ProductKernel kernel) {
  if (kernel == ProductKernel::portable) return "portable";
  return kernel == ProductKernel::avx2 ? "avx2" : "avx512";
}

/// Kernel, rows, in, out: whole blocks, whole panels, and what is left over of each.
class PackedMatrixOf
    : public testing::TestWithParam<std::tuple<ProductKernel, int, std::pair<int, int>>> {
 protected:
  void SetUp() override {
    if (!has_kernel(kernel())) GTEST_SKIP() << "this CPU does not support " << name_of(kernel());
    torch::manual_seed(7);
    x_ = at::randn({rows(), in()});
    weight_ = at::randn({out(), in()});
    bias_ = at::randn({out()});
  }
  ProductKernel kernel() const { return std::get<0>(GetParam()); }
  std::int64_t rows() const { return std::get<1>(GetParam()); }
  std::int64_t in() const { return std::get<2>(GetParam()).first; }
  std::int64_t out() const { return std::get<2>(GetParam()).second; }
  Tensor product(WeightType type, const Tensor& bias, const PackedMatrix::Epilogue& finish = {}) {
    const PackedMatrix packed = pack_weights(weight_, bias, type, kernel());
    Tensor y = at::full({rows(), out()}, 1e9F);
    packed.multiply(x_.const_data_ptr<float>(), rows(), y.mutable_data_ptr<float>(), finish);
    return y;
  }

  Tensor x_;
  Tensor weight_;
  Tensor bias_;
};

TEST_P(PackedMatrixOf, EqualsLinear) {
  test::expect_near(product(WeightType::float32, bias_), at::linear(x_, weight_, bias_), 1e-5);
  test::expect_near(product(WeightType::float32, {}), at::linear(x_, weight_), 1e-5);
}

TEST_P(PackedMatrixOf, TakesWeightsOfAnyStrides) {
  const Tensor wanted = product(WeightType::float32, bias_);
  const Tensor plain = weight_;
  weight_ = plain.t().contiguous().t();  // side by side are the outputs
  EXPECT_TRUE(at::equal(product(WeightType::float32, bias_), wanted));
  weight_ = at::stack({plain, plain}, 2).select(2, 1);  // nothing is
  ASSERT_FALSE(weight_.is_contiguous());
  EXPECT_TRUE(at::equal(product(WeightType::float32, bias_), wanted));
}

TEST_P(PackedMatrixOf, FinishesWithReluThenSum) {
  const Tensor added = at::randn({rows(), out()});
  const Tensor y = product(WeightType::float32, bias_, {true, added.const_data_ptr<float>()});
  test::expect_near(y, at::relu(at::linear(x_, weight_, bias_)) + added, 1e-5);
}

TEST_P(PackedMatrixOf, NoRowsAreNoWork) {
  for (const WeightType type : {WeightType::float32, WeightType::bfloat16, WeightType::int8}) {
    const PackedMatrix packed = pack_weights(weight_, bias_, type, kernel());
    float untouched = 7.0F;
    packed.multiply(&untouched, 0, &untouched);
    EXPECT_EQ(untouched, 7.0F);
  }
}

TEST_P(PackedMatrixOf, RowsThatAreNotFiniteStaySoInInt8AndSpoilNoOther) {
  const Tensor whole = product(WeightType::int8, bias_);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const std::int64_t column : {std::int64_t{0}, in() - 1}) {
      const Tensor kept = x_.clone();
      x_[rows() - 1][column] = bad;
      const Tensor y = product(WeightType::int8, bias_);
      x_ = kept;
      EXPECT_TRUE(at::isnan(y[rows() - 1]).all().item<bool>());
      EXPECT_TRUE(at::equal(y.narrow(0, 0, rows() - 1), whole.narrow(0, 0, rows() - 1)));
    }
  }
}

TEST_P(PackedMatrixOf, HalfPrecisionEqualsRoundedWeights) {
  for (const auto& [type, scalar] : {std::pair{WeightType::bfloat16, at::kBFloat16},
                                     std::pair{WeightType::float16, at::kHalf}}) {
    SCOPED_TRACE(config::word_of(type));
    // Small weights become subnormal numbers of 16 bits.
    weight_ = weight_ * at::pow(10.0, -6.0 * at::rand({out(), 1}));
    const Tensor rounded = weight_.to(scalar).to(at::kFloat);
    test::expect_near(product(type, bias_), at::linear(x_, rounded, bias_), 1e-5);
  }
}

/// What int8 should compute, in double: rows of x and of the weight rounded to 255 steps.
Tensor rounded_rows(const Tensor& x) {
  const Tensor scale = std::get<0>(x.abs().max(1, true)).to(at::kDouble) / 127.0;
  return at::round(x.to(at::kDouble) / scale) * scale;
}

TEST_P(PackedMatrixOf, Int8EqualsTheProductOfRoundedRows) {
  const Tensor y = product(WeightType::int8, bias_);
  const Tensor wanted =
      at::matmul(rounded_rows(x_), rounded_rows(weight_).t()) + bias_.to(at::kDouble);
  // A value in the middle between two steps may fall either way.
  const double size = wanted.abs().max().item<double>();
  ASSERT_GT(size, 0.1);
  EXPECT_LT((y.to(at::kDouble) - wanted).abs().max().item<double>(), 0.004 * size);
}

std::string case_name(const testing::TestParamInfo<PackedMatrixOf::ParamType>& info) {
  const auto& [kernel, rows, shape] = info.param;
  return std::string(name_of(kernel)) + "Rows" + std::to_string(rows) + "In" +
         std::to_string(shape.first) + "Out" + std::to_string(shape.second);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, PackedMatrixOf,
    testing::Combine(testing::Values(ProductKernel::portable, ProductKernel::avx2,
                                     ProductKernel::avx512),
                     testing::Values(1, 7, 8, 61, 300),
                     testing::Values(std::pair{64, 96}, std::pair{37, 5}, std::pair{130, 71})),
    case_name);

TEST(PackedMatrix, Int8OfNothingIsNothing) {
  const PackedMatrix packed = pack_weights(at::zeros({9, 16}), {}, WeightType::int8);
  const Tensor x = at::randn({3, 16});
  Tensor y = at::full({3, 9}, 5.0F);
  packed.multiply(x.const_data_ptr<float>(), 3, y.mutable_data_ptr<float>());
  EXPECT_TRUE(at::equal(y, at::zeros({3, 9})));
  const PackedMatrix other = pack_weights(at::randn({9, 16}), {}, WeightType::int8);
  const Tensor zeros = at::zeros({3, 16});
  other.multiply(zeros.const_data_ptr<float>(), 3, y.mutable_data_ptr<float>());
  EXPECT_TRUE(at::equal(y, at::zeros({3, 9})));
}

TEST(PackedMatrix, Int8IsAQuarterOfTheMemory) {
  const Tensor weight = at::randn({256, 256});
  const PackedMatrix wide = pack_weights(weight, {});
  EXPECT_EQ(wide.bytes(), 256 * 256 * 4);
  EXPECT_EQ(pack_weights(weight, {}, WeightType::float16).bytes(), wide.bytes() / 2);
  EXPECT_EQ(pack_weights(weight, {}, WeightType::int8).bytes(), wide.bytes() / 4);
}

TEST(PackedMatrix, SumMayBeWrittenWhereItIsReadFrom) {
  const Tensor weight = at::randn({40, 24});
  const Tensor x = at::randn({5, 24});
  Tensor y = at::randn({5, 40});
  const Tensor wanted = at::linear(x, weight) + y;
  const PackedMatrix packed = pack_weights(weight, {});
  auto* data = y.mutable_data_ptr<float>();
  packed.multiply(x.const_data_ptr<float>(), 5, data, {.added = data});
  test::expect_near(y, wanted, 1e-5);
}

}  // namespace
}  // namespace regard
