#include "regard/tensor/checks.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

namespace regard {
namespace {

TEST(CheckShape, AcceptsTheShapeAndAnySizeForMinusOne) {
  const at::Tensor x = at::zeros({2, 3, 4});
  EXPECT_NO_THROW(check_shape(x, {2, 3, 4}, "x"));
  EXPECT_NO_THROW(check_shape(x, {-1, 3, -1}, "x"));
  EXPECT_NO_THROW(check_shape(at::zeros({}), {}, "x"));
}

TEST(CheckShape, RefusesAnotherSizeRankOrNoTensor) {
  const at::Tensor x = at::zeros({2, 3});
  EXPECT_THROW(check_shape(x, {2, 4}, "x"), c10::Error);
  EXPECT_THROW(check_shape(x, {-1, -1, -1}, "x"), c10::Error);
  EXPECT_THROW(check_shape(x, {2}, "x"), c10::Error);
  EXPECT_THROW(check_shape(at::Tensor(), {-1}, "x"), c10::Error);
}

TEST(CheckShape, NamesTheTensorAndBothShapes) {
  std::string text;
  try {
    check_shape(at::zeros({2, 3}), {2, -1, 5}, "scores [a, b, c]");
  } catch (const c10::Error& error) {
    text = error.what();
  }
  EXPECT_THAT(text, testing::HasSubstr("scores [a, b, c]: got [2, 3], expected [2, -1, 5]"));
}

}  // namespace
}  // namespace regard
