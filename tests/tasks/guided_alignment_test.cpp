#include "regard/tasks/guided_alignment.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/tasks/translation.h"
#include "regard/tensor/torch.h"
#include "regard/train/updater.h"

#include "core/file_support.h"
#include "support/tensor_near.h"
#include "support/tiny_model.h"

namespace regard {
namespace {

using test::error_of;
using test::expect_near;
using testing::HasSubstr;
using torch::Tensor;

constexpr std::int64_t kVocabulary = 23;

GuidedAlignmentOptions guided(std::int64_t head, const std::string& map = "") {
  GuidedAlignmentOptions options;
  options.weight = 1.0;
  options.head = head;
  options.map = map;
  return options;
}

/// Two sentences, whose target tokens are linked with the source from behind.
Batch linked_batch() {
  const test::TokenRows sources = test::random_rows({4, 6}, kVocabulary, 1);
  const test::TokenRows targets = test::random_rows({4, 6}, kVocabulary, 2);
  Batch batch = make_batch(test::spans_of(sources), test::spans_of(targets), {0, 1}, BatchIds{});
  const std::vector<std::int32_t> back4 = {3, 2, 1, 0};
  const std::vector<std::int32_t> back6 = {5, 4, 3, 2, 1, 0};
  const std::vector<std::int32_t> places = {0, 1, 2, 3, 4, 5};
  batch.guide = make_guide(batch, {{back4, std::span(places).first(4)}, {back6, places}});
  return batch;
}

ModelOptions quiet_options() {
  ModelOptions options = test::tiny_options();
  options.dropout = DropoutOptions{0, 0, 0, 0};
  return options;
}

TEST(GuidedMap, IsTheCrossAttentionOfTheLastBlockUnlessNamed) {
  const ModelOptions model = expand(test::tiny_options());
  EXPECT_EQ(guided_map(guided(0), model), "decoder.1.cross_attention");
  EXPECT_EQ(guided_map(guided(0, "decoder.0.cross_attention"), model), "decoder.0.cross_attention");
  GuidedAlignmentOptions off = guided(0);
  off.weight = 0;
  EXPECT_EQ(guided_map(off, model), "");
}

TEST(GuidedAlignmentLoss, IsTheCrossEntropyOfTheChosenHead) {
  const Tensor scores = torch::randn({1, 2, 3, 4}).requires_grad_();
  AttentionRecord record{"decoder.1.cross_attention", at::softmax(scores, -1), {}, false};
  const Tensor guide = at::zeros({1, 3, 4});
  guide[0][0][2] = 1.0;
  guide[0][2][0] = 0.5;
  guide[0][2][3] = 0.5;
  const Tensor loss = guided_alignment_loss(record, guided(1), guide);
  const Tensor w = record.weights[0][1];
  const double expected = -std::log(w[0][2].item<double>()) -
                          0.5 * std::log(w[2][0].item<double>()) -
                          0.5 * std::log(w[2][3].item<double>());
  ASSERT_TRUE(std::isfinite(expected));
  EXPECT_NEAR(loss.item<double>(), expected, 1e-5);
  const Tensor gradient = torch::autograd::grad({loss}, {scores})[0];
  EXPECT_EQ(gradient[0][0].abs().sum().item<float>(), 0.0F);     // the other head
  EXPECT_EQ(gradient[0][1][1].abs().sum().item<float>(), 0.0F);  // a token without a link
  EXPECT_GT(gradient[0][1][0].abs().sum().item<float>(), 0.0F);
}

TEST(GuidedAlignmentLoss, OfAWeightOfZeroIsFinite) {
  const Tensor weights = torch::tensor({1.0F, 0.0F}).view({1, 1, 1, 2}).requires_grad_();
  AttentionRecord record{"decoder.0.cross_attention", weights, {}, false};
  const Tensor guide = torch::tensor({0.0F, 1.0F}).view({1, 1, 2});
  EXPECT_TRUE(std::isfinite(guided_alignment_loss(record, guided(0), guide).item<double>()));
}

/// What an update of a guided model says where the options do not fit it.
std::string refusal_of(const GuidedAlignmentOptions& options) {
  TrainingOptions training;
  training.guided_alignment = options;
  TranslationObjective objective(test::tiny_model(kVocabulary, 3, quiet_options()), training);
  Updater updater(objective, training, 1, torch::kCPU);
  return error_of<UserError>([&] { updater.run({linked_batch()}, 1, 1e-3); });
}

TEST(GuidedAlignment, RefusesWhatTheModelLacks) {
  EXPECT_THAT(refusal_of(guided(2)),
              testing::AllOf(HasSubstr("2 is not a head"), HasSubstr("use 0 to 1")));
  EXPECT_THAT(refusal_of(guided(0, "decoder.7.cross_attention")),
              HasSubstr("no attention called decoder.7.cross_attention"));
  EXPECT_THAT(refusal_of(guided(0, "decoder.0.self_attention")),
              HasSubstr("does not attend from the target to the source"));
}

/// Weights of every cross-attention [rows, heads, queries, keys], in evaluation.
std::vector<Tensor> cross_weights(Seq2SeqImpl& model, const Batch& batch) {
  torch::NoGradGuard no_grad;
  const ForwardContext context;
  std::vector<AttentionRecord> records;
  model.decode(batch.target_input, model.encode(batch.source, context), context, &records);
  std::vector<Tensor> weights;
  for (const AttentionRecord& record : records) {
    if (record.name.ends_with("cross_attention")) weights.push_back(record.weights);
  }
  return weights;
}

TEST(GuidedAlignment, TeachesItsHeadAndNoOther) {
  TrainingOptions training;
  training.guided_alignment = guided(1, "decoder.0.cross_attention");
  Seq2Seq model = test::tiny_model(kVocabulary, 3, quiet_options());
  TranslationObjective objective(model, training);
  Updater updater(objective, training, 1, torch::kCPU);
  const Batch batch = linked_batch();
  for (std::int64_t i = 1; i <= 150; ++i)
    updater.run({batch}, i, 3e-3);
  const std::vector<Tensor> weights = cross_weights(*model, batch);
  ASSERT_EQ(weights.size(), 2U);
  const auto linked = [&](const Tensor& of_head) {  // mean weight on the links
    return (of_head * batch.guide).sum().item<double>() / batch.guide.sum().item<double>();
  };
  EXPECT_GT(linked(weights[0].select(1, 1)), 0.8);
  EXPECT_LT(linked(weights[0].select(1, 0)), 0.6);
  EXPECT_LT(linked(weights[1].select(1, 1)), 0.6);
}

TEST(GuidedAlignment, LeavesTheLossThatIsShownAsItIs) {
  TrainingOptions training;
  training.precision = Precision::float32;
  const auto loss_with = [&](double weight) {
    training.guided_alignment = guided(0);
    training.guided_alignment.weight = weight;
    TranslationObjective objective(test::tiny_model(kVocabulary, 3, quiet_options()), training);
    Updater updater(objective, training, 1, torch::kCPU);
    updater.run({linked_batch()}, 1, 1e-3);
    return updater.take_sums();
  };
  const UpdateSums with = loss_with(1.0);
  const UpdateSums without = loss_with(0.0);
  ASSERT_GT(without.loss, 0.0);
  EXPECT_NEAR(with.loss, without.loss, 1e-4 * without.loss);
  EXPECT_GT(std::abs(with.gradient_norm - without.gradient_norm), 1e-3);
}

}  // namespace
}  // namespace regard
