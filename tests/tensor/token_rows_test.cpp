#include "regard/tensor/token_rows.h"

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::normal;
using torch::Tensor;

Tensor some_places() {
  return torch::tensor({0, 1, 4, 7, 8}, torch::kLong);
}

TEST(TokenRows, PickingAndPlacing) {
  for (const auto type : {torch::kFloat, torch::kDouble, torch::kBFloat16}) {
    const Tensor x = normal({10, 3}, 1).to(type);
    const Tensor picked = pick_rows(x, some_places());
    expect_identical(picked, x.index_select(0, some_places()));
    const Tensor placed = place_rows(picked, some_places(), 10);
    expect_identical(placed.index_select(0, some_places()), picked);
    EXPECT_EQ(placed.count_nonzero().item<std::int64_t>(), 15);
  }
}

TEST(TokenRows, EachIsTheGradientOfTheOther) {
  const Tensor x = normal({10, 3}, 1).to(torch::kFloat).requires_grad_();
  const Tensor upstream = normal({5, 3}, 2).to(torch::kFloat);
  pick_rows(x, some_places()).backward(upstream);
  expect_identical(x.grad(), place_rows(upstream, some_places(), 10));
  const Tensor tokens = normal({5, 3}, 3).to(torch::kFloat).requires_grad_();
  const Tensor of_rows = normal({10, 3}, 4).to(torch::kFloat);
  place_rows(tokens, some_places(), 10).backward(of_rows);
  expect_identical(tokens.grad(), of_rows.index_select(0, some_places()));
}

TEST(TokenRows, RowsAndPlacesMustFit) {
  EXPECT_THROW(place_rows(normal({4, 3}, 1), some_places(), 10), c10::Error);
  EXPECT_THROW(pick_rows(normal({4, 3, 2}, 1), some_places()), c10::Error);
}

}  // namespace
}  // namespace regard
