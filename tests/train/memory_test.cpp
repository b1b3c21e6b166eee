// What training does when the memory does not suffice.

#include <new>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"
#include "regard/train/memory_plan.h"
#include "regard/train/updater.h"

#include "support/tensor_near.h"
#include "support/tiny_model.h"
#include "train/toy_run.h"

namespace regard {
namespace {

using test::error_of;
using test::expect_near;
using test::ToyRun;
using testing::HasSubstr;
using torch::Tensor;

constexpr std::int64_t kMemoryVocabulary = 23;

Batch batch_of_lengths(const std::vector<std::size_t>& lengths) {
  const test::TokenRows sources = test::random_rows(lengths, kMemoryVocabulary, 1);
  const test::TokenRows targets = test::random_rows(lengths, kMemoryVocabulary, 2);
  std::vector<std::int64_t> pairs(lengths.size());
  return make_batch(test::spans_of(sources), test::spans_of(targets), pairs, BatchIds{});
}

TrainingOptions plain_training() {
  TrainingOptions options;
  options.clip_norm = 0;
  options.precision = Precision::float32;
  return options;
}

/// A model after one update of a batch of 8 rows for which `most_rows` rows are too many.
struct Outcome {
  UpdateSums sums;
  Tensor weights;
  std::vector<std::int64_t> rows;  // of each pass that was tried
};

Outcome update(std::int64_t most_rows) {
  ModelOptions options = test::tiny_options();
  options.dropout = DropoutOptions{0, 0, 0, 0};
  Seq2Seq model = test::tiny_model(kMemoryVocabulary, 3, options);
  TranslationObjective objective(model, plain_training());
  Updater updater(objective, plain_training(), 1, torch::kCPU);
  Outcome outcome;
  updater.on_pass([&](const Batch& batch) {
    outcome.rows.push_back(batch.rows());
    if (batch.rows() > most_rows) throw std::bad_alloc();
  });
  updater.run({batch_of_lengths({3, 9, 4, 2, 6, 6, 1, 5})}, 1, 1e-3);
  outcome.sums = updater.take_sums();
  outcome.weights = model->output_weight().detach().clone();
  return outcome;
}

TEST(LackOfMemory, BatchesAreDoneInParts) {
  const Outcome whole = update(8);
  const Outcome quarters = update(2);
  EXPECT_THAT(whole.rows, testing::ElementsAre(8));
  EXPECT_EQ(whole.sums.split, 0);
  EXPECT_THAT(quarters.rows, testing::ElementsAre(8, 4, 2, 2, 4, 2, 2, 2, 2));
  EXPECT_EQ(quarters.sums.split, 3);
  EXPECT_EQ(quarters.sums.updates, 1);
  EXPECT_EQ(quarters.sums.skipped, 0);
  EXPECT_NEAR(quarters.sums.loss, whole.sums.loss, 1e-3);
  EXPECT_NEAR(quarters.sums.gradient_norm, whole.sums.gradient_norm,
              1e-4 * whole.sums.gradient_norm);
  EXPECT_EQ(quarters.sums.target_tokens, whole.sums.target_tokens);
}

TEST(LackOfMemory, WhatDoesNotFitInEighthsIsSkipped) {
  const Outcome learned = update(8);
  const Outcome skipped = update(0);
  EXPECT_EQ(skipped.sums.skipped, 1);
  EXPECT_EQ(skipped.sums.skipped_in_a_row, 1);
  EXPECT_EQ(skipped.sums.updates, 0);
  EXPECT_EQ(skipped.rows.back(), 1);
  ModelOptions options = test::tiny_options();
  const Tensor start = test::tiny_model(kMemoryVocabulary, 3, options)->output_weight().detach();
  EXPECT_TRUE(torch::equal(skipped.weights, start));
  EXPECT_FALSE(torch::equal(learned.weights, start));
}

TEST(LackOfMemory, OtherErrorsAreNotTakenForIt) {
  Seq2Seq model = test::tiny_model(kMemoryVocabulary);
  TranslationObjective objective(model, plain_training());
  Updater updater(objective, plain_training(), 1, torch::kCPU);
  updater.on_pass([](const Batch&) { throw std::logic_error("something else"); });
  EXPECT_THROW(updater.run({batch_of_lengths({3, 2})}, 1, 1e-3), std::logic_error);
  EXPECT_THROW(updater.fits(batch_of_lengths({3, 2})), std::logic_error);
}

TEST(LackOfMemory, TryingABatchLeavesNothingBehind) {
  Seq2Seq model = test::tiny_model(kMemoryVocabulary);
  const Tensor before = model->output_weight().detach().clone();
  TranslationObjective objective(model, plain_training());
  Updater updater(objective, plain_training(), 1, torch::kCPU);
  EXPECT_TRUE(updater.fits(batch_of_lengths({3, 2})));
  EXPECT_TRUE(torch::equal(model->output_weight().detach(), before));
  EXPECT_FALSE(model->output_weight().grad().defined());
  EXPECT_EQ(updater.take_sums().updates, 0);
  updater.on_pass([](const Batch&) { throw std::bad_alloc(); });
  EXPECT_FALSE(updater.fits(batch_of_lengths({3, 2})));
}

/// A run whose updates from `first` to `last` find no memory.
void lack(ToyRun& run, std::int64_t first, std::int64_t last) {
  run.on_pass = [first, last, passes = std::int64_t{0}](const Batch&) mutable {
    ++passes;
    if (passes >= first && passes <= last) throw std::bad_alloc();
  };
  run.options.training.batch_tokens = 1;  // one pair a batch: there are no halves
  run.options.training.max_updates = 9;
}

TEST(LackOfMemory, TwoUpdatesInARowAreCountedAndSaved) {
  ToyRun run;
  lack(run, 3, 4);
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.update, 9);
  EXPECT_EQ(result.state.skipped, 2);
  const auto warnings = run.logger.of(LogLevel::warning);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[1], HasSubstr("update 4 skipped"));
  EXPECT_THAT(warnings[1], HasSubstr("2 so far"));
  run.on_pass = {};
  run.options.training.max_updates = 10;
  EXPECT_EQ(run.train().state.skipped, 2);
}

TEST(LackOfMemory, ThreeUpdatesInARowEndTheRun) {
  ToyRun run;
  run.options.checkpoint.every = 2;
  lack(run, 4, 100);
  const std::string text = error_of<RunError>([&] { run.train(); });
  EXPECT_THAT(text, HasSubstr("out of memory in 3 consecutive updates"));
  EXPECT_THAT(text, HasSubstr("training.batch_tokens"));
  EXPECT_THAT(run.store().updates(), testing::Contains(2));
}

TEST(LackOfMemory, ErrorsOfAllocatorsAreKnown) {
  EXPECT_TRUE(is_out_of_memory(std::bad_alloc()));
  EXPECT_FALSE(is_out_of_memory(std::runtime_error("DefaultCPUAllocator")));
  try {
    at::empty({std::int64_t{1} << 50});
    ADD_FAILURE() << "a pebibyte was there";
  } catch (const std::exception& error) {
    EXPECT_TRUE(is_out_of_memory(error)) << error.what();
  }
}

/// Batches of a corpus whose longest sides are 12 and 9 subwords; nothing but the largest one.
class LongPairs final : public BatchMaker {
 public:
  const Corpus& corpus() const override { throw std::logic_error("there is none"); }
  Batch make(std::span<const std::int64_t> /*pairs*/, const BatchNumber& /*n*/) const override {
    throw std::logic_error("there is none");
  }
  Batch largest(std::int64_t batch_tokens) const override {
    return largest_pair_batch({12, 9}, batch_tokens, BatchIds{});
  }
};
const LongPairs kLongPairs;

TEST(MemoryPlan, TellsWhatTrainingTakes) {
  Seq2Seq model = test::tiny_model(kMemoryVocabulary);
  TranslationObjective objective(model, plain_training());
  Updater updater(objective, plain_training(), 1, torch::kCPU);
  const MemoryNeed need = memory_need(updater, kLongPairs, 200);
  EXPECT_TRUE(need.fits);
  EXPECT_EQ(need.rows, 200 / 13);
  EXPECT_EQ(need.source, 13);
  EXPECT_EQ(need.target, 10);
  const MemoryNeed larger = memory_need(updater, kLongPairs, 200'000);
  EXPECT_GT(larger.bytes - need.bytes, 10 << 20);
  EXPECT_GT(need.limit, need.bytes);
  EXPECT_EQ(updater.untouched_bytes(), 2 * 4 * model->num_parameters());
}

TEST(MemoryPlan, AutoIsTheLargestBudgetThatFits) {
  Seq2Seq model = test::tiny_model(kMemoryVocabulary);
  TranslationObjective objective(model, plain_training());
  Updater updater(objective, plain_training(), 1, torch::kCPU);
  EXPECT_EQ(fitting_batch_tokens(updater, kLongPairs), 8192);
  updater.on_pass([](const Batch& batch) {
    if (batch.rows() * 13 > 3000) throw std::bad_alloc();
  });
  EXPECT_EQ(fitting_batch_tokens(updater, kLongPairs), 2048);
}

}  // namespace
}  // namespace regard
