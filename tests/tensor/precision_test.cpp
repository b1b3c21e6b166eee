#include "regard/tensor/precision.h"

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

namespace regard {
namespace {

at::ScalarType type_of_product() {
  const torch::Tensor x = at::ones({3, 4});
  return at::linear(x, x).scalar_type();
}

TEST(Autocast, ComputesProductsInBfloat16WhileItLives) {
  EXPECT_EQ(type_of_product(), at::kFloat);
  {
    const AutocastScope outer(torch::kCPU, true);
    EXPECT_EQ(type_of_product(), at::kBFloat16);
  }
  EXPECT_EQ(type_of_product(), at::kFloat);
}

TEST(Autocast, DoesNothingWhenItIsNotActive) {
  const AutocastScope scope(torch::kCPU, false);
  EXPECT_EQ(type_of_product(), at::kFloat);
}

TEST(Autocast, GivesGradientsOfTheWeightsOwnType) {
  const torch::Tensor weight = at::ones({2, 4}).requires_grad_();
  torch::Tensor sum;
  {
    const AutocastScope scope(torch::kCPU, true);
    sum = at::linear(at::full({3, 4}, 0.5), weight).sum();
  }
  sum.backward();
  EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
  EXPECT_TRUE(torch::equal(weight.grad(), at::full({2, 4}, 1.5)));
}

}  // namespace
}  // namespace regard
