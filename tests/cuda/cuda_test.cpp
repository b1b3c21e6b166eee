// What must hold on a GPU. Built where LibTorch has CUDA; without a GPU each test says that it is
// left out.

#include <c10/cuda/CUDAFunctions.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "regard/data/pair_batches.h"
#include "regard/decode/module_model.h"
#include "regard/engine/search.h"
#include "regard/tasks/translation.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"
#include "regard/train/updater.h"

#include "support/tensor_near.h"
#include "support/tiny_model.h"
#include "train/toy_run.h"

namespace regard {
namespace {

using test::saved_tensors;
using test::SavedTensors;
using test::ToyRun;
using torch::Tensor;

const torch::Device kGpu("cuda:0");
constexpr std::int64_t kVocabulary = 23;

class Cuda : public testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "there is no GPU";
  }
};

void put_on(ToyRun& run, const torch::Device& device) {
  run.options.device = device;
  run.on_model = [device](Seq2SeqImpl& model) { model.to(device); };
}

std::vector<double> losses_on(const torch::Device& device) {
  ToyRun run;
  put_on(run, device);
  run.options.training.precision = Precision::float32;
  run.options.training.max_updates = 30;
  run.model_options.dropout = {0, 0, 0, 0};
  run.train();
  std::vector<double> losses;
  for (const auto& record : MetricsLog(run.folder.path(), 30, "bleu").records())
    losses.push_back(record.values.at("loss"));
  return losses;
}

TEST_F(Cuda, TrainsAsTheProcessorDoes) {
  const std::vector<double> expected = losses_on(torch::kCPU);
  const std::vector<double> actual = losses_on(kGpu);
  ASSERT_EQ(expected.size(), 30U);
  ASSERT_EQ(actual.size(), 30U);
  EXPECT_LT(expected.back(), expected.front() - 0.3);
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], 2e-3) << "update " << i + 1;
}

void expect_resumed_bit_for_bit(const std::function<void(ToyRun&)>& change) {
  ToyRun whole;
  ToyRun split;
  for (ToyRun* run : {&whole, &split}) {
    put_on(*run, kGpu);
    run->model_options.dropout = {0.1, 0.1, 0.1, 0.1};
    change(*run);
  }
  whole.train();
  split.options.training.max_updates = 5;
  split.train();
  split.options.training.max_updates = 12;
  split.train();
  const SavedTensors expected = saved_tensors(whole.store().folder_of(12));
  const SavedTensors actual = saved_tensors(split.store().folder_of(12));
  ASSERT_GT(expected.size(), 20U);
  for (const auto& [name, tensor] : expected) {
    EXPECT_TRUE(at::isfinite(tensor).all().item<bool>()) << name;
    EXPECT_TRUE(torch::equal(actual.at(name), tensor)) << name;
  }
}

TEST_F(Cuda, ResumesBitForBit) {
  expect_resumed_bit_for_bit([](ToyRun&) {});
}

TEST_F(Cuda, ResumesBitForBitInFloat32WithRecomputedBlocks) {
  expect_resumed_bit_for_bit([](ToyRun& run) {
    run.options.training.precision = Precision::float32;
    run.options.training.recompute_blocks = true;
  });
}

Batch small_batch() {
  const auto rows = test::random_rows({3, 9, 4, 2, 6, 6, 1, 5}, kVocabulary);
  return make_batch(test::spans_of(rows), test::spans_of(rows), std::vector<std::int64_t>(8),
                    BatchIds{});
}

TEST_F(Cuda, UpdatesDoNotWaitForTheDevice) {
  for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
    ModelOptions options = test::tiny_options();
    options.dropout = DropoutOptions{0.1, 0.1, 0.1, 0.1};
    Seq2Seq model = test::tiny_model(kVocabulary, 3, options);
    model->to(kGpu);
    TrainingOptions training;
    training.precision = precision;
    TranslationObjective objective(model, training);
    Updater updater(objective, training, 1, kGpu);
    updater.run({small_batch()}, 1, 1e-3);  // what is made once may wait
    c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_ERROR);
    EXPECT_NO_THROW(updater.run({small_batch()}, 2, 1e-3));
    c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_DISABLED);
    EXPECT_EQ(updater.take_sums().updates, 2);
  }
}

TEST_F(Cuda, SearchesFindWhatTheProcessorFinds) {
  torch::NoGradGuard no_grad;
  const auto rows = test::random_rows({7, 3, 12, 1, 5}, kVocabulary);
  SearchOptions options;
  options.beam_size = 4;
  const auto search = [&](const torch::Device& device) {
    Seq2Seq model = test::tiny_model(kVocabulary, 5);
    model->to(device);
    ModuleScorer scorer(*model);
    return beam_search(scorer, to_token_batch(test::sources_of(rows)), TokenRoles{}, options);
  };
  const auto expected = search(torch::kCPU);
  const auto actual = search(kGpu);
  ASSERT_EQ(expected.size(), rows.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(actual[i].front().tokens, expected[i].front().tokens) << i;
    EXPECT_NEAR(actual[i].front().score, expected[i].front().score, 1e-3) << i;
  }
}

TEST_F(Cuda, LackOfMemoryIsSeenAndPasses) {
  Seq2Seq model = test::tiny_model(kVocabulary);
  model->to(kGpu);
  TrainingOptions training;
  training.precision = Precision::float32;
  TranslationObjective objective(model, training);
  Updater updater(objective, training, 1, kGpu);
  EXPECT_FALSE(updater.fits(largest_pair_batch({2000, 2000}, std::int64_t{1} << 27, BatchIds{})));
  EXPECT_TRUE(updater.fits(small_batch()));
  const MemoryNeed need = memory_need(updater, {50, 50}, 4096, BatchIds{});
  EXPECT_TRUE(need.fits);
  EXPECT_GT(need.bytes, 0);
}

}  // namespace
}  // namespace regard
