#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "train/toy_run.h"

namespace regard {
namespace {

using test::ToyRun;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::int64_t> updates_of(const std::vector<ScoredUpdate>& best) {
  std::vector<std::int64_t> updates;
  for (const ScoredUpdate& item : best)
    updates.push_back(item.update);
  return updates;
}

/// Validates after every update; the n-th validation has num_right[n] right lines.
void script(ToyRun& run, std::vector<std::size_t> num_right) {
  run.validates = true;
  run.translator.num_right = std::move(num_right);
}

TEST(EarlyStopping, EndsWhenPatienceIsOver) {
  ToyRun run;
  script(run, {2, 9, 5, 8, 20});
  run.options.validation.stop.patience = 2;
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.update, 4);
  EXPECT_EQ(result.state.stalled, 2);
  EXPECT_EQ(result.state.finished, "2 validations without a better bleu");
  EXPECT_THAT(updates_of(result.state.best), ElementsAre(2));
}

TEST(EarlyStopping, CountsFromTheLastBest) {
  ToyRun run;
  script(run, {5, 4, 6, 5, 4, 7, 1, 1, 1, 20});
  run.options.validation.stop.patience = 3;
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.update, 9);
  EXPECT_THAT(updates_of(result.state.best), ElementsAre(6));
}

TEST(EarlyStopping, TakesTheLowerLossOfEqualValues) {
  ToyRun run;
  script(run, {5, 5, 5, 5});
  run.options.validation.stop.patience = 2;
  const TrainingResult result = run.train();
  EXPECT_GT(result.state.update, 3);  // the loss falls in so short a run
  ASSERT_FALSE(result.state.best.empty());
  EXPECT_GT(result.state.best.front().update, 1);
}

TEST(EarlyStopping, NeverEndsARunWithPatienceZero) {
  ToyRun run;
  script(run, {9, 1});
  EXPECT_EQ(run.train().state.update, 12);
}

TEST(EarlyStopping, IsCountedOverAResume) {
  ToyRun run;
  script(run, {9, 8, 7, 6, 5, 4});
  run.options.validation.stop.patience = 4;
  run.options.training.max_updates = 3;
  EXPECT_EQ(run.train().state.stalled, 2);
  run.options.training.max_updates = 12;
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.update, 5);
  EXPECT_THAT(updates_of(result.state.best), ElementsAre(1));
  run.train();
  EXPECT_EQ(run.reason_at_start, "4 validations without a better bleu");
}

TEST(EarlyStopping, CanBeDecidedByTheLossWhichFalls) {
  ToyRun run;
  script(run, {9, 1});
  run.options.validation.stop.metric = "loss";
  run.options.validation.stop.patience = 3;
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.update, 12);  // the loss of a model that learns falls while BLEU does not
  const MetricsLog log(run.folder.path(), 12, "loss");
  double lowest = 1e9;
  for (const MetricsRecord& record : log.records()) {
    if (record.kind == "valid") lowest = std::min(lowest, record.values.at("loss"));
  }
  ASSERT_FALSE(result.state.best.empty());
  EXPECT_EQ(result.state.best.front().value, lowest);
}

TEST(KeepBest, SavesEveryUpdateThatIsAmongTheBest) {
  ToyRun run;
  script(run, {2, 9, 5, 8, 1, 3});
  run.options.checkpoint.keep_best = 3;
  run.options.checkpoint.keep_last = 1;
  run.options.training.max_updates = 6;
  const TrainingResult result = run.train();
  EXPECT_THAT(updates_of(result.state.best), ElementsAre(2, 4, 3));
  EXPECT_THAT(run.store().updates(), ElementsAre(2, 3, 4, 6));
  const auto folder = run.folder.path() / "checkpoints";
  EXPECT_EQ(std::filesystem::read_symlink(folder / "best"), "update-00000002");
  EXPECT_EQ(std::filesystem::read_symlink(folder / "last"), "update-00000006");
}

TEST(KeepBest, PublishesTheModelOfTheBestUpdate) {
  ToyRun run;
  script(run, {2, 9, 5});
  run.options.training.max_updates = 3;
  run.train();
  const std::string best = test::slurp(run.store().folder_of(2) / "model.safetensors");
  EXPECT_EQ(test::slurp(run.folder / "model.safetensors"), best);
  EXPECT_NE(test::slurp(run.store().folder_of(3) / "model.safetensors"), best);
}

TEST(KeepBest, ShowsTheBestInTheLog) {
  ToyRun run;
  script(run, {2, 9, 5});
  run.options.training.max_updates = 3;
  run.options.validation.samples = 1;
  run.train();
  const auto lines = run.logger.of(LogLevel::info);
  EXPECT_THAT(lines, Contains(HasSubstr("update 2  validation  loss")));
  EXPECT_THAT(lines, Contains(HasSubstr("(new best)")));
  EXPECT_THAT(lines, Contains(HasSubstr("at update 2, 1 since)")));
  EXPECT_THAT(lines, Contains(HasSubstr("    reference    ")));
}

/// A run whose start is worth something: the first of `num_right` is of the start.
void script_start(ToyRun& run, std::vector<std::size_t> num_right) {
  script(run, std::move(num_right));
  run.options.validates_start = true;
  run.options.checkpoint.keep_last = 1;
}

std::vector<std::int64_t> validated(const ToyRun& run, std::int64_t until) {
  std::vector<std::int64_t> updates;
  const MetricsLog log(run.folder.path(), until, "bleu");
  for (const MetricsRecord& record : log.records()) {
    if (record.kind == "valid") updates.push_back(record.update);
  }
  return updates;
}

TEST(GivenStart, IsValidatedBeforeUpdateOne) {
  ToyRun run;
  script_start(run, {5, 4, 9, 8});
  run.options.training.max_updates = 3;
  const TrainingResult result = run.train();
  EXPECT_THAT(updates_of(result.state.best), ElementsAre(2));
  ASSERT_TRUE(result.state.start.has_value());
  EXPECT_GT(*result.state.start, 0.0);
  EXPECT_LT(*result.state.start, result.state.best.front().value);
  EXPECT_THAT(validated(run, 3), ElementsAre(0, 1, 2, 3));
  const auto lines = run.logger.of(LogLevel::info);
  EXPECT_THAT(lines, Contains(testing::AllOf(HasSubstr("update 0  validation  loss"),
                                             HasSubstr("(before training)"))));
  EXPECT_THAT(lines, Contains(HasSubstr("before training, 1 since)")));
}

TEST(GivenStart, StaysTheBestModelWhereNothingGetsBetter) {
  ToyRun run;
  script_start(run, {9, 4, 5, 8});
  run.options.validation.stop.patience = 3;
  std::vector<torch::Tensor> start;
  run.on_model = [&](Seq2SeqImpl& model) {
    for (const auto& parameter : model.parameters())
      start.push_back(parameter.detach().clone());
  };
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.update, 3);
  EXPECT_THAT(updates_of(result.state.best), ElementsAre(0));
  EXPECT_THAT(run.store().updates(), ElementsAre(0, 3));
  EXPECT_EQ(std::filesystem::read_symlink(run.folder / "checkpoints/best"), "update-00000000");
  EXPECT_EQ(test::slurp(run.folder / "model.safetensors"),
            test::slurp(run.store().folder_of(0) / "model.safetensors"));
  const auto saved = test::saved_tensors(run.store().folder_of(0));
  std::size_t found = 0;
  for (const torch::Tensor& tensor : start) {
    for (const auto& [name, other] : saved)
      found += other.sizes() == tensor.sizes() && torch::equal(other, tensor) ? 1 : 0;
  }
  EXPECT_GE(found, start.size());
  EXPECT_GT(start.size(), 10U);
}

TEST(GivenStart, IsNotValidatedAgainOnAResume) {
  ToyRun whole;
  script_start(whole, {5, 4, 9, 3, 2});
  whole.options.training.max_updates = 4;
  const TrainingResult expected = whole.train();
  ToyRun split;
  script_start(split, {5, 4, 9, 3, 2});
  split.options.training.max_updates = 2;
  split.train();
  EXPECT_EQ(split.translator.calls, 3U);
  split.options.training.max_updates = 4;
  const TrainingResult result = split.train();
  EXPECT_EQ(split.translator.calls, 5U);
  EXPECT_EQ(result.state.best, expected.state.best);
  EXPECT_EQ(result.state.start, expected.state.start);
  EXPECT_THAT(validated(split, 4), ElementsAre(0, 1, 2, 3, 4));
}

TEST(GivenStart, IsResumedRightAfterItsValidation) {
  ToyRun run;
  script_start(run, {5, 4, 9});
  run.options.training.max_updates = 2;
  // The signal comes while the start is validated, once more after it.
  run.translator.on_call = [&](Seq2SeqImpl&) { run.stop.request(2); };
  EXPECT_TRUE(run.train().was_stopped);
  EXPECT_THAT(run.store().updates(), ElementsAre(0));
  EXPECT_TRUE(validated(run, 2).empty());
  run.translator.on_call = {};
  run.stop.request(0);
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.update, 2);
  EXPECT_THAT(updates_of(result.state.best), ElementsAre(2));
  EXPECT_THAT(validated(run, 2), ElementsAre(0, 1, 2));
}

TEST(GivenStart, ChangesNothingOfTheUpdates) {
  ToyRun plain;
  script(plain, {4});
  plain.options.training.max_updates = 3;
  plain.train();
  ToyRun tuned;
  script_start(tuned, {5, 4});
  tuned.options.training.max_updates = 3;
  tuned.train();
  const auto expected = test::saved_tensors(plain.store().folder_of(3));
  const auto actual = test::saved_tensors(tuned.store().folder_of(3));
  ASSERT_GT(expected.size(), 20U);
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, tensor] : expected)
    EXPECT_TRUE(torch::equal(actual.at(name), tensor)) << name;
}

}  // namespace
}  // namespace regard
