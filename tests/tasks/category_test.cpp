#include "tasks/category.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_near;
using testing::HasSubstr;

std::vector<std::string> failures_of(const std::vector<std::string>& columns) {
  config::Checks checks;
  check_columns(columns, {"first", "second"}, checks);
  std::vector<std::string> found;
  for (const auto& failure : checks.failures())
    found.push_back(failure.path + ": " + failure.what);
  return found;
}

TEST(Columns, NeedTheirTextsAndOneAnswer) {
  EXPECT_TRUE(failures_of({"label", "-", "-", "first", "second"}).empty());
  EXPECT_TRUE(failures_of({"-", "second", "first", "score"}).empty());
  EXPECT_THAT(failures_of({"label", "first"}), testing::Contains(HasSubstr("no second")));
  EXPECT_THAT(failures_of({"first", "second"}), testing::Contains(HasSubstr("label or a score")));
  EXPECT_THAT(failures_of({"label", "score", "first", "second"}),
              testing::Contains(HasSubstr("label or a score")));
  EXPECT_THAT(failures_of({"label", "first", "second", "third"}),
              testing::Contains(HasSubstr("'third' is no column")));
  EXPECT_THAT(failures_of({"label", "first", "first", "second"}),
              testing::Contains(HasSubstr("twice")));
}

/// (1 - e) -log p(right) + e / K times the sum of -log p, summed over the rows.
TEST(Category, SmoothedCrossEntropyIsThatOfItsEquation) {
  const Category category({"label", "text"});
  ASSERT_FALSE(category.is_number());
  const std::vector<std::int32_t> two = {2};
  const std::vector<std::int32_t> none;
  Batch batch;
  const std::vector<PairLinks> notes = {{two, none}, {none, none}};
  category.complete(batch, notes);
  EXPECT_EQ(batch.target_tokens, 2);
  const torch::Tensor scores =
      at::randn({2, 4}, at::make_generator<at::CPUGeneratorImpl>(1)).set_requires_grad(true);
  const PassLoss loss = category.loss(scores, batch, 0.2);
  const torch::Tensor logs = at::log_softmax(scores.detach()[0], 0);  // row 2 has no label
  expect_near(loss.total.detach(), -(0.8 * logs[2] + 0.05 * logs.sum()), 1e-5);
  expect_near(loss.negative_log_likelihood, -logs[2], 1e-5);
  loss.total.backward();
  EXPECT_EQ(scores.grad()[1].abs().sum().item<double>(), 0.0);
}

TEST(Category, NumbersHaveTheSquaredError) {
  const Category category({"score", "text"});
  ASSERT_TRUE(category.is_number());
  Example example;
  example.labels = {"2.5"};
  category.encode(example, {});
  const std::vector<std::int32_t> none;
  Batch batch;
  category.complete(batch, std::vector<PairLinks>{{example.notes.first, none}});
  const PassLoss loss = category.loss(at::full({1, 1}, 4.0), batch, 0.3);
  EXPECT_NEAR(loss.total.item<double>(), 2.25, 1e-6);
  EXPECT_EQ(category.answers(at::full({1, 1}, 1.23456), {}, 1)[0][0].line, "1.2346");
  example.labels = {"n/a"};
  example.place = {"a.tsv", 3};
  EXPECT_THROW(category.encode(example, {}), UserError);
}

}  // namespace
}  // namespace regard
