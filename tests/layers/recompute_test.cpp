#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "layers/block_support.h"

namespace regard {
namespace {

using test::decoder_blocks;
using test::expect_identical;
using test::kDim;
using test::normal;
using torch::Tensor;

/// Output, then the gradients of x, the source, and all weights of a decoder with dropout.
std::vector<Tensor> pass(bool recomputes) {
  SublayerSizes sizes = test::sizes_of(kDim);
  sizes.dropout = DropoutOptions{0.3, 0.1, 0.2, 0.3};
  BlockStack stack(decoder_blocks(3, NormPlacement::pre), sizes, "decoder");
  test::randomise_parameters(*stack, 1);
  const Tensor x = normal({2, 5, kDim}, 1).requires_grad_();
  const Tensor source = normal({2, 4, kDim}, 2).requires_grad_();
  const SequenceMask mask = make_sequence_mask(torch::tensor({5, 3}, torch::kLong), 5);
  const SequenceMask source_mask = make_sequence_mask(torch::tensor({2, 4}, torch::kLong), 4);
  RandomStream random(7);
  Tensor y;
  {
    const ForwardContext context{&random, nullptr, recomputes};
    y = stack->forward(x, BlockInput{context, mask, &source, &source_mask});
  }
  (y * normal({2, 5, kDim}, 3)).sum().backward();
  std::vector<Tensor> all = {y.detach(), x.grad(), source.grad()};
  for (const Tensor& weight : stack->parameters())
    all.push_back(weight.grad());
  return all;
}

TEST(RecomputedBlocks, GiveTheSameNumbersAndGradients) {
  const std::vector<Tensor> expected = pass(false);
  const std::vector<Tensor> actual = pass(true);
  ASSERT_GT(expected.size(), 30U);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(expected[i].defined() && actual[i].defined()) << i;
    EXPECT_GT(expected[i].abs().sum().item<double>(), 0.0) << i;
    expect_identical(actual[i], expected[i]);
  }
}

TEST(RecomputedBlocks, WeightsLearnWhereTheInputDoesNot) {
  BlockStack stack = test::random_stack(test::encoder_blocks(2, NormPlacement::pre), 0, "encoder");
  const SequenceMask mask{torch::tensor({3}, torch::kLong), {}};
  RandomStream random(7);
  const ForwardContext context{&random, nullptr, true};
  stack->forward(normal({1, 3, kDim}, 1), BlockInput{context, mask}).sum().backward();
  for (const Tensor& weight : stack->parameters())
    EXPECT_TRUE(weight.grad().defined());
}

}  // namespace
}  // namespace regard
