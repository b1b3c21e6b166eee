#include "regard/attention/masks.h"

#include <cmath>
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

Tensor lengths(const std::vector<std::int64_t>& values) {
  return torch::tensor(values, torch::kInt64);
}

/// Rows of 0 and 1 as a bool tensor.
Tensor flags(const std::vector<std::int64_t>& values, at::IntArrayRef shape) {
  return torch::tensor(values, torch::kInt64).view(shape).to(torch::kBool);
}

TEST(MakeSequenceMask, AllowsThePositionsBeforeEachEnd) {
  const SequenceMask mask = make_sequence_mask(lengths({3, 0, 2}), 3);
  expect_identical(mask.allowed, flags({1, 1, 1, 0, 0, 0, 1, 1, 0}, {3, 1, 1, 3}));
  expect_identical(mask.lengths, lengths({3, 0, 2}));
}

TEST(MakeSequenceMask, LeavesTheMaskAwayWhereNothingIsPadded) {
  const SequenceMask mask = make_sequence_mask(lengths({3, 3}), 3);
  EXPECT_FALSE(mask.allowed.defined());
  expect_identical(mask.lengths, lengths({3, 3}));
  EXPECT_TRUE(make_sequence_mask(lengths({3, 3}), 4).allowed.defined());
}

TEST(StructuralMask, NoneIsUndefined) {
  EXPECT_FALSE(structural_mask(AttentionMask::none, 2, 3, 0, c10::kCPU).defined());
}

TEST(StructuralMask, CausalAllowsTheQuerysOwnPositionAndTheOnesBefore) {
  expect_identical(structural_mask(AttentionMask::causal, 3, 3, 0, c10::kCPU),
                   flags({1, 0, 0, 1, 1, 0, 1, 1, 1}, {1, 1, 3, 3}));
}

TEST(StructuralMask, ForwardBackwardAndDiagonalLeaveTheQuerysOwnPositionOut) {
  expect_identical(structural_mask(AttentionMask::forward, 3, 3, 0, c10::kCPU),
                   flags({0, 0, 0, 1, 0, 0, 1, 1, 0}, {1, 1, 3, 3}));
  expect_identical(structural_mask(AttentionMask::backward, 3, 3, 0, c10::kCPU),
                   flags({0, 1, 1, 0, 0, 1, 0, 0, 0}, {1, 1, 3, 3}));
  expect_identical(structural_mask(AttentionMask::diagonal, 3, 3, 0, c10::kCPU),
                   flags({0, 1, 1, 1, 0, 1, 1, 1, 0}, {1, 1, 3, 3}));
}

TEST(StructuralMask, FirstQueryIsThePlaceOfTheFirstRow) {
  expect_identical(structural_mask(AttentionMask::causal, 2, 4, 1, c10::kCPU),
                   flags({1, 1, 0, 0, 1, 1, 1, 0}, {1, 1, 2, 4}));
}

TEST(CombineMasks, BothMustAllow) {
  const Tensor a = flags({1, 1, 0}, {1, 3});
  const Tensor b = flags({1, 0, 1, 1}, {4, 1});
  expect_identical(combine_masks(a, b), flags({1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0}, {4, 3}));
}

TEST(CombineMasks, AnUndefinedMaskAllowsEverything) {
  const Tensor a = flags({1, 1, 0}, {1, 3});
  expect_identical(combine_masks(a, {}), a);
  expect_identical(combine_masks({}, a), a);
  EXPECT_FALSE(combine_masks({}, {}).defined());
}

TEST(MaskedSoftmax, EqualsTheExponentialsOverTheirSum) {
  // Weights 1 : 2 : 5 of the allowed keys; the masked key would have had the largest.
  const Tensor scores = at::log(torch::tensor({{1.0, 100.0, 2.0, 5.0}}));
  expect_near(masked_softmax(scores, flags({1, 0, 1, 1}, {1, 4})),
              torch::tensor({{0.125, 0.0, 0.25, 0.625}}), 1e-6);
  expect_near(masked_softmax(scores, {}), torch::tensor({{1.0, 100.0, 2.0, 5.0}}) / 108.0, 1e-6);
}

TEST(MaskedSoftmax, MaskedKeysWeighExactlyNothing) {
  const Tensor allowed = flags({1, 1, 0, 1, 0, 1, 0, 0, 0}, {3, 1, 3});
  const Tensor weights = masked_softmax(10.0 * test::normal({3, 4, 3}, 1), allowed);
  const Tensor masked = weights.masked_select(allowed.logical_not().expand({3, 4, 3}));
  expect_identical(masked, at::zeros({20}, torch::kDouble));
  expect_near(weights.sum(-1), allowed.any(-1).to(torch::kDouble).expand({3, 4}), 1e-12);
}

TEST(MaskedSoftmax, ARowWithoutKeysIsZeroAndHasZeroGradient) {
  const Tensor scores = test::normal({2, 3}, 1).requires_grad_();
  const Tensor allowed = flags({0, 0, 0, 1, 0, 1}, {2, 3});
  const Tensor weights = masked_softmax(scores, allowed);
  expect_identical(weights[0].detach(), at::zeros({3}, torch::kDouble));
  (weights * test::normal({2, 3}, 2)).sum().backward();
  expect_identical(scores.grad()[0], at::zeros({3}, torch::kDouble));
  test::expect_finite(scores.grad());
  EXPECT_NE(scores.grad()[1][0].item<double>(), 0.0);
  EXPECT_EQ(scores.grad()[1][1].item<double>(), 0.0);
}

TEST(MaskedSoftmax, HugeScoresStayFinite) {
  for (const torch::Dtype type : {torch::kFloat, torch::kBFloat16}) {
    const Tensor scores = torch::tensor({{1e4, -1e4, 1e4}, {-1e4, -1e4, 1e4}}).to(type);
    const Tensor weights = masked_softmax(scores, flags({1, 1, 1, 1, 1, 0}, {2, 3}));
    expect_near(weights.to(torch::kFloat), torch::tensor({{0.5F, 0.0F, 0.5F}, {0.5F, 0.5F, 0.0F}}),
                1e-6);
  }
}

TEST(MaskedSoftmax, GradientEqualsCentralDifferences) {
  const Tensor scores = test::normal({2, 2, 3, 4}, 1);
  const Tensor weight = test::normal({2, 2, 3, 4}, 2);
  const Tensor allowed = flags({1, 0, 1, 1, 0, 0, 0, 0}, {2, 1, 1, 4});
  test::expect_gradients([&] { return (masked_softmax(scores, allowed) * weight).sum(); },
                         {{"scores", scores}}, 1e-8);
}

}  // namespace
}  // namespace regard
