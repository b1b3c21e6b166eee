#include "regard/tensor/dropout.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using torch::Tensor;

const torch::Dtype kTypes[] = {torch::kFloat, torch::kDouble, torch::kBFloat16};

Tensor drop(const Tensor& x, double probability, std::uint64_t seed) {
  RandomStream stream(seed);
  return dropout(x, probability, ForwardContext{&stream});
}

Tensor add_drop(const Tensor& residual, const Tensor& x, double probability, std::uint64_t seed) {
  RandomStream stream(seed);
  return add_dropout(residual, x, probability, ForwardContext{&stream});
}

/// true where an element was kept.
Tensor kept(std::int64_t count, std::uint64_t seed, double probability = 0.5) {
  return drop(at::ones({count}), probability, seed) != 0;
}

double share(const Tensor& flags) {
  return flags.to(torch::kDouble).mean().item<double>();
}

/// Five standard deviations of the mean of `count` fair coins.
double five_sigma(double probability, std::int64_t count) {
  return 5.0 * std::sqrt(probability * (1.0 - probability) / static_cast<double>(count));
}

TEST(Dropout, EvaluationIsTheIdentity) {
  const Tensor x = test::normal({3, 4}, 1);
  EXPECT_TRUE(dropout(x, 0.5, ForwardContext{}).is_same(x));
}

TEST(Dropout, ProbabilityZeroIsTheIdentity) {
  const Tensor x = test::normal({3, 4}, 1);
  EXPECT_TRUE(drop(x, 0.0, 1).is_same(x));
}

TEST(Dropout, KeepsTheExpectedShareAndScalesIt) {
  constexpr std::int64_t kCount = 100000;
  for (const torch::Dtype type : kTypes) {
    for (const double probability : {0.1, 0.25, 0.5, 0.9}) {
      SCOPED_TRACE(c10::str(type, " ", probability));
      const Tensor y = drop(at::ones({kCount}, type), probability, 11);
      ASSERT_EQ(y.scalar_type(), type);
      const Tensor is_kept = y != 0;
      EXPECT_NEAR(share(is_kept), 1.0 - probability, five_sigma(probability, kCount));
      const Tensor scaled = y.masked_select(is_kept);
      const Tensor expected = at::full(scaled.sizes(), 1.0 / (1.0 - probability), torch::kDouble);
      expect_near(scaled.to(torch::kDouble), expected, type == torch::kBFloat16 ? 4e-3 : 1e-6);
    }
  }
}

TEST(Dropout, AnyShapeHasTheMaskOfItsElementsInOrder) {
  const Tensor x = test::normal({4, 6, 5}, 2, torch::kFloat);
  const Tensor flat = drop(x.flatten(), 0.5, 3);
  expect_identical(drop(x, 0.5, 3).flatten(), flat);
  const Tensor transposed = x.permute({2, 0, 1}).contiguous().permute({1, 2, 0});
  ASSERT_FALSE(transposed.is_contiguous());
  expect_identical(drop(transposed, 0.5, 3).flatten(), flat);
}

TEST(Dropout, SameSeedGivesTheSameMask) {
  for (const torch::Dtype type : kTypes) {
    const Tensor x = test::normal({1000}, 2, type);
    expect_identical(drop(x, 0.5, 3), drop(x, 0.5, 3));
  }
}

TEST(Dropout, OneStreamGivesEachCallAMaskOfItsOwn) {
  constexpr std::int64_t kCount = 50000;
  for (const torch::Dtype type : kTypes) {
    RandomStream stream(4);
    const ForwardContext context{&stream};
    const Tensor x = at::ones({kCount}, type);
    const Tensor first = dropout(x, 0.5, context) != 0;
    const Tensor second = dropout(x, 0.5, context) != 0;
    EXPECT_NEAR(share(first == second), 0.5, five_sigma(0.5, kCount));
  }
}

TEST(Dropout, MasksOfDifferentSeedsAreIndependentAtEveryShift) {
  constexpr std::int64_t kCount = 50000;
  const Tensor base = kept(kCount, 1);
  for (const std::uint64_t seed : {2, 3, 1000}) {
    const Tensor other = kept(kCount, seed);
    for (std::int64_t shift = 0; shift < 64; ++shift) {
      const std::int64_t length = kCount - shift;
      const Tensor agree = base.narrow(0, shift, length) == other.narrow(0, 0, length);
      ASSERT_NEAR(share(agree), 0.5, five_sigma(0.5, length)) << seed << " shift " << shift;
    }
  }
}

// The kernel's hash starts from element index + the low word of the drawn seed: two seeds with
// close low words are where masks could be shifted copies of each other.
TEST(Dropout, SeedsWithCloseLowWordsAreNoShiftedCopies) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> words;
  for (std::uint64_t seed = 0; seed < 50000; ++seed) {
    words.emplace_back(static_cast<std::uint32_t>(RandomStream(seed).next()), seed);
  }
  std::sort(words.begin(), words.end());
  constexpr std::int64_t kCount = 20000;
  int compared = 0;
  for (std::size_t i = 1; i < words.size() && compared < 5; ++i) {
    const std::int64_t shift = words[i].first - words[i - 1].first;
    if (shift == 0 || shift > 1000) continue;
    const std::int64_t length = kCount - shift;
    const Tensor agree = kept(kCount, words[i - 1].second).narrow(0, shift, length) ==
                         kept(kCount, words[i].second).narrow(0, 0, length);
    EXPECT_NEAR(share(agree), 0.5, five_sigma(0.5, length));
    ++compared;
  }
  EXPECT_EQ(compared, 5);
}

TEST(Dropout, NeighboursAreIndependent) {
  constexpr std::int64_t kCount = 200000;
  const Tensor mask = kept(kCount, 5);
  for (const std::int64_t lag : {1, 2, 3, 4, 8, 16, 64, 256, 512, 1024}) {
    const std::int64_t length = kCount - lag;
    const Tensor agree = mask.narrow(0, lag, length) == mask.narrow(0, 0, length);
    EXPECT_NEAR(share(agree), 0.5, five_sigma(0.5, length)) << "lag " << lag;
  }
}

TEST(Dropout, NumberOfThreadsDoesNotMatter) {
  const int threads = at::get_num_threads();
  const Tensor x = test::normal({300001}, 6, torch::kFloat);  // several chunks of the kernel
  at::set_num_threads(1);
  const Tensor alone = drop(x, 0.3, 7);
  const Tensor added_alone = add_drop(x, x, 0.3, 7);
  at::set_num_threads(2);
  expect_identical(drop(x, 0.3, 7), alone);
  expect_identical(add_drop(x, x, 0.3, 7), added_alone);
  at::set_num_threads(threads);
}

/// x as it is, x as the transpose of a contiguous tensor, x as every second element.
std::vector<Tensor> layouts_of(const Tensor& x) {
  const Tensor every_second = at::stack({x, x}, -1).select(-1, 0);
  return {x, x.t().contiguous().t(), every_second};
}

TEST(Dropout, BackwardUsesTheMaskOfTheForwardPass) {
  for (const torch::Dtype type : kTypes) {
    const Tensor values = test::normal({40, 30}, 8, type);
    for (const Tensor& layout : layouts_of(values)) {
      for (const Tensor& upstream : layouts_of(at::ones({40, 30}, type))) {
        const Tensor x = layout.detach().requires_grad_();
        const Tensor y = drop(x, 0.5, 9);
        y.backward(upstream);
        ASSERT_LT(share(y != 0), 0.6);
        expect_identical(y.detach(), (x * x.grad()).detach());
      }
    }
  }
}

TEST(Dropout, GradientEqualsCentralDifferences) {
  const Tensor x = test::normal({4, 5}, 10);
  const Tensor weight = test::normal({4, 5}, 11);
  test::expect_gradients([&] { return (drop(x * x, 0.3, 12) * weight).sum(); }, {{"x", x}}, 1e-8);
}

TEST(AddDropout, IsTheResidualPlusDropout) {
  for (const torch::Dtype type : kTypes) {
    const Tensor residual = test::normal({20, 30}, 13, type);
    const Tensor x = test::normal({20, 30}, 14, type);
    const Tensor expected = residual + drop(x, 0.4, 15);
    expect_near(add_drop(residual, x, 0.4, 15), expected, 1e-6);
    expect_near(add_drop(residual.t().contiguous().t(), x, 0.4, 15), expected, 1e-6);
  }
}

TEST(AddDropout, EvaluationAndProbabilityZeroAreTheSum) {
  const Tensor residual = test::normal({3, 4}, 13);
  const Tensor x = test::normal({3, 4}, 14);
  expect_identical(add_dropout(residual, x, 0.4, ForwardContext{}), residual + x);
  expect_identical(add_drop(residual, x, 0.0, 1), residual + x);
}

TEST(AddDropout, BackwardUsesTheMaskOfTheForwardPass) {
  for (const torch::Dtype residual_type : kTypes) {
    for (const torch::Dtype type : kTypes) {
      SCOPED_TRACE(c10::str("residual ", residual_type, ", x ", type));
      const Tensor residual = at::zeros({40, 30}, residual_type).requires_grad_();
      const Tensor x = test::normal({40, 30}, 8, type).requires_grad_();
      const Tensor y = add_drop(residual, x, 0.5, 9);
      y.backward(at::ones_like(y));
      ASSERT_LT(share(y != 0), 0.6);
      EXPECT_TRUE(at::equal(y != 0, x.grad() != 0));
      expect_near(y.detach().to(type), (x * x.grad()).detach(), 1e-2);
      expect_identical(residual.grad(), at::ones_like(residual));
    }
  }
}

TEST(AddDropout, GradientEqualsCentralDifferences) {
  const Tensor residual = test::normal({4, 5}, 16);
  const Tensor x = test::normal({4, 5}, 10);
  const Tensor weight = test::normal({4, 5}, 11);
  test::expect_gradients(
      [&] { return (add_drop(residual * residual, x * x, 0.3, 12) * weight).sum(); },
      {{"residual", residual}, {"x", x}}, 1e-8);
}

TEST(AddDropout, RefusesDifferentShapes) {
  const Tensor residual = test::normal({4, 5}, 1);
  EXPECT_THROW(add_drop(residual, residual.narrow(0, 0, 1), 0.5, 1), c10::Error);
}

}  // namespace
}  // namespace regard
