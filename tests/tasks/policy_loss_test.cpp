#include "regard/tasks/policy_loss.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/model/token_states.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"
#include "support/tiny_model.h"
#include "train/toy_run.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using test::normal;
using test::SavedTensors;
using test::ToyRun;
using torch::Tensor;

HardOptions options_with(double reward, double entropy, double decay = 0.9) {
  HardOptions options;
  options.select = HardSelection::sample;
  options.reward = reward;
  options.entropy = entropy;
  options.baseline_decay = decay;
  return options;
}

/// A running mean of `value` with some weight behind it; without weight, the state of the start.
Tensor baseline_of(double value, double weight) {
  return torch::tensor({value * weight, weight}, torch::kDouble);
}

Tensor vector_of(const std::vector<double>& values) {
  return torch::tensor(values, torch::kDouble);
}

/// Without entropy, the expectation of the estimated gradient over all draws from softmax(scores),
/// each key s of which has the reward r_s.
Tensor expected_gradient(const Tensor& scores, const Tensor& reward, double baseline) {
  const Tensor probability = at::softmax(scores, 0);
  Tensor mean = at::zeros_like(scores);
  for (std::int64_t s = 0; s < scores.size(0); ++s) {
    const Tensor leaf = scores.clone().requires_grad_();
    const Tensor log_probability = at::log_softmax(leaf, 0).narrow(0, s, 1);
    Tensor running = baseline_of(baseline, 0.5);
    const Tensor loss =
        policy_loss({log_probability, at::zeros({1}, at::kDouble), reward.narrow(0, s, 1)},
                    options_with(1.0, 0.0), running);
    mean += probability[s] * torch::autograd::grad({loss}, {leaf})[0];
  }
  return mean;
}

TEST(PolicyLoss, EstimatesTheGradientOfTheExpectedRewardForEveryBaseline) {
  const Tensor scores = normal({6}, 1);
  const Tensor reward = at::log_softmax(normal({6}, 2), 0);
  const Tensor leaf = scores.clone().requires_grad_();
  const Tensor objective = (at::softmax(leaf, 0) * reward).sum();
  const Tensor exact = -torch::autograd::grad({objective}, {leaf})[0];
  EXPECT_GT(exact.abs().max().item<double>(), 1e-2);
  for (const double baseline : {0.0, -1.5, -7.0, 3.0})
    expect_near(expected_gradient(scores, reward, baseline), exact, 1e-12);
}

TEST(PolicyLoss, ABaselineNearTheRewardsMakesTheEstimateLessNoisy) {
  const Tensor scores = normal({6}, 1);
  const auto spread = [&](double baseline) {
    double sum = 0;
    for (std::int64_t s = 0; s < 6; ++s) {
      const Tensor leaf = scores.clone().requires_grad_();
      Tensor running = baseline_of(baseline, 0.5);
      const Tensor loss =
          policy_loss({at::log_softmax(leaf, 0).narrow(0, s, 1), at::zeros({1}, at::kDouble),
                       vector_of({-3.0 + 0.1 * static_cast<double>(s)})},
                      options_with(1.0, 0.0), running);
      sum += torch::autograd::grad({loss}, {leaf})[0].square().sum().item<double>();
    }
    return sum;
  };
  EXPECT_LT(spread(-2.75), 0.01 * spread(0.0));
}

TEST(PolicyLoss, IsTheSumOfItsTwoParts) {
  Tensor baseline = baseline_of(-2.0, 0.5);
  const Tensor loss = policy_loss(
      {vector_of({-0.5, 0.0, -1.5}), vector_of({0.7, 0.3, 1.0}), vector_of({-1.0, -4.0, -2.5})},
      options_with(0.1, 0.01), baseline);
  // Advantages 1, -2 and -0.5; where nothing was drawn only the entropy counts.
  const double drawn = 1.0 * -0.5 + -2.0 * 0.0 + -0.5 * -1.5;
  EXPECT_NEAR(loss.item<double>(), -(0.1 * drawn + 0.01 * 2.0), 1e-15);
}

TEST(PolicyLoss, RaisesWhatWasBetterThanUsual) {
  const Tensor leaf = normal({4}, 1).requires_grad_();
  for (const double reward : {-1.0, -3.0}) {
    Tensor baseline = baseline_of(-2.0, 0.5);
    const Tensor drawn = at::log_softmax(leaf, 0).narrow(0, 2, 1);
    const Tensor loss = policy_loss({drawn, at::zeros({1}, at::kDouble), vector_of({reward})},
                                    options_with(1.0, 0.0), baseline);
    const double slope = torch::autograd::grad({loss}, {leaf})[0][2].item<double>();
    EXPECT_EQ(slope<0.0, reward> - 2.0);  // descent raises the score where the slope is negative
    EXPECT_NE(slope, 0.0);
  }
}

TEST(PolicyLoss, TheEntropyTermKeepsTheChoiceOpen) {
  Tensor scores = normal({5}, 1).requires_grad_();
  const auto entropy = [&] {
    const Tensor log_probability = at::log_softmax(scores, 0);
    return -(log_probability.exp() * log_probability).sum();
  };
  const Tensor before = entropy();
  Tensor baseline = baseline_of(0.0, 0.0);
  const Tensor loss =
      policy_loss({at::zeros({1}, at::kDouble), before.view({1}), vector_of({-1.0})},
                  options_with(0.1, 0.5), baseline);
  EXPECT_NEAR(loss.item<double>(), -0.5 * before.item<double>(), 1e-15);
  const Tensor slope = torch::autograd::grad({loss}, {scores})[0];
  torch::NoGradGuard no_grad;
  scores -= 0.1 * slope;
  EXPECT_GT(entropy().item<double>(), before.item<double>());
}

TEST(PolicyLoss, TheFirstBatchIsComparedWithItsOwnMean) {
  Tensor baseline = baseline_of(0.0, 0.0);
  const Tensor loss =
      policy_loss({vector_of({-0.5, -2.0}), at::zeros({2}, at::kDouble), vector_of({-1.0, -4.0})},
                  options_with(1.0, 0.0), baseline);
  EXPECT_NEAR(loss.item<double>(), -(1.5 * -0.5 - 1.5 * -2.0), 1e-15);
  expect_near(baseline, vector_of({0.1 * -2.5, 0.1}), 1e-15);
}

TEST(PolicyLoss, TheBaselineForgetsAtItsRate) {
  Tensor baseline = baseline_of(0.0, 0.0);
  const double rewards[] = {-4.0, -2.0, -1.0};
  double sum = 0;
  double weight = 0;
  for (const double reward : rewards) {
    policy_loss({vector_of({-1.0}), vector_of({0.0}), vector_of({reward})},
                options_with(1.0, 0.0, 0.75), baseline);
    sum = 0.75 * sum + 0.25 * reward;
    weight = 0.75 * weight + 0.25;
    expect_near(baseline, vector_of({sum, weight}), 1e-15);
  }
  // Each draw is compared with the mean of the batches before its own.
  const Tensor loss = policy_loss({vector_of({-1.0}), vector_of({0.0}), vector_of({0.0})},
                                  options_with(1.0, 0.0, 0.75), baseline);
  EXPECT_NEAR(loss.item<double>(), -sum / weight, 1e-14);
}

TEST(PolicyLoss, ARewardThatIsNoNumberLeavesTheBaseline) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    Tensor baseline = baseline_of(-2.0, 0.5);
    const Tensor before = baseline.clone();
    const Tensor loss =
        policy_loss({vector_of({-0.5, -1.0}), vector_of({0.1, 0.1}), vector_of({-1.0, bad})},
                    options_with(1.0, 0.1), baseline);
    EXPECT_FALSE(std::isfinite(loss.item<double>()));
    expect_identical(baseline, before);
  }
}

TEST(PolicyLoss, HasTheTypeOfTheProbabilities) {
  Tensor baseline = baseline_of(-2.0, 0.5);
  const Tensor loss =
      policy_loss({at::full({2}, -0.5), at::full({2}, 0.1), vector_of({-1.0, -3.0})},
                  options_with(1.0, 0.1), baseline);
  EXPECT_EQ(loss.scalar_type(), torch::kFloat);
  EXPECT_EQ(baseline.scalar_type(), torch::kDouble);
}

/// A small recurrent model whose attention is hard.
ModelOptions drawing_options(HardSelection select = HardSelection::sample) {
  ModelOptions options;
  options.dim = 16;
  options.position = PositionKind::none;
  options.dropout = {0.1, 0.1, 0.0, 0.0};
  SublayerOptions recurrent;
  recurrent.rnn.emplace().bidirectional = true;
  recurrent.combine = Combine::replace;
  options.encoder.emplace().blocks = BlocksOptions{1, NormPlacement::none, {recurrent}};
  DecoderOptions& decoder = options.decoder.emplace();
  decoder.kind = DecoderKind::rnn;
  AttentionOptions& attention = decoder.attention.emplace();
  attention.score = "additive";
  attention.align = "hard";
  attention.hard.select = select;
  return options;
}

TEST(SamplingOf, IsTheAttentionThatDraws) {
  const auto sampling = sampling_of(drawing_options());
  ASSERT_TRUE(sampling.has_value());
  EXPECT_EQ(sampling->reward, HardOptions().reward);
  EXPECT_FALSE(sampling_of(drawing_options(HardSelection::gumbel)).has_value());
  EXPECT_FALSE(sampling_of(drawing_options(HardSelection::threshold)).has_value());
  EXPECT_FALSE(sampling_of(expand(test::tiny_options())).has_value());
  ModelOptions soft = drawing_options();
  soft.decoder->attention->align = "softmax";
  EXPECT_FALSE(sampling_of(soft).has_value());
  soft.decoder->attention.reset();
  EXPECT_FALSE(sampling_of(soft).has_value());
}

TEST(ForwardTokens, GivesADrawForEveryTargetToken) {
  const test::TokenRows sources = {{5, 6, 7}, {8, 9}};
  const test::TokenRows targets = {{5}, {6, 7, 8, 9}};
  const Batch batch = make_batch(test::spans_of(sources), test::spans_of(targets), {0, 1},
                                 TokenRoles{}.batch_ids());
  Seq2Seq model = test::tiny_model(12, 1, drawing_options());
  RandomStream random(1);
  const TokenStates states = forward_tokens(*model, batch, ForwardContext{&random});
  ASSERT_EQ(states.targets.size(0), 2 + 5);
  EXPECT_EQ(states.draw_log_probability.sizes(), states.targets.sizes());
  EXPECT_EQ(states.draw_entropy.sizes(), states.targets.sizes());
  EXPECT_GT(states.draw_entropy.min().item<double>(), 0.0);
  EXPECT_LT(states.draw_log_probability.min().item<double>(), 0.0);
  // The real tokens of the first sentence, then those of the second.
  RandomStream same(1);
  const ForwardContext context{&same};
  std::vector<AttentionRecord> records;
  const EncoderOutput encoded = model->encode(batch.source, context);
  model->decode(batch.target_input, encoded, context, &records);
  const Tensor entropy = records.at(0).extras.entropy;
  expect_identical(states.draw_entropy.narrow(0, 0, 2), entropy[0].narrow(0, 0, 2));
  expect_identical(states.draw_entropy.narrow(0, 2, 5), entropy[1]);
  EXPECT_FALSE(forward_tokens(*model, batch, {}).draw_entropy.defined());
  Seq2Seq other = test::tiny_model(12, 1, drawing_options(HardSelection::gumbel));
  RandomStream again(1);
  EXPECT_FALSE(forward_tokens(*other, batch, ForwardContext{&again}).draw_entropy.defined());
}

SavedTensors saved_after(const ToyRun& run, std::int64_t update) {
  return test::saved_tensors(run.store().folder_of(update));
}

TEST(PolicyTraining, KeepsTheBaselineInCheckpoints) {
  ToyRun run;
  run.model_options = drawing_options();
  run.train();
  const Tensor baseline = saved_after(run, 12).at("training/reward_baseline");
  ASSERT_EQ(baseline.sizes(), at::IntArrayRef({2}));
  EXPECT_NEAR(baseline[1].item<double>(), 1.0 - std::pow(0.9, 12), 1e-12);
  const double mean = (baseline[0] / baseline[1]).item<double>();
  EXPECT_LT(mean, -2.0);  // the log probability of a token among 150, after a little training
  EXPECT_GT(mean, -8.0);
  ToyRun soft;
  soft.model_options = drawing_options(HardSelection::gumbel);
  soft.train();
  EXPECT_FALSE(saved_after(soft, 12).contains("training/reward_baseline"));
}

TEST(PolicyTraining, ResumesBitForBit) {
  ToyRun whole;
  whole.model_options = drawing_options();
  whole.options.training.accumulate = 2;
  whole.train();
  ToyRun split;
  split.model_options = drawing_options();
  split.options.training.accumulate = 2;
  split.options.training.max_updates = 5;
  split.train();
  split.options.training.max_updates = 12;
  split.train();
  const SavedTensors expected = saved_after(whole, 12);
  const SavedTensors actual = saved_after(split, 12);
  ASSERT_GT(expected.size(), 30U);
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(actual.contains(name)) << name;
    EXPECT_TRUE(torch::equal(actual.at(name), tensor)) << name;
  }
}

TEST(PolicyTraining, LearnsThePairs) {
  ToyRun run;
  run.model_options = drawing_options();
  run.model_options.dropout = {0, 0, 0, 0};
  run.options.training.max_updates = 60;
  run.options.training.label_smoothing = 0;
  run.train();
  const MetricsLog log(run.folder.path(), 60, "bleu");
  ASSERT_EQ(log.records().size(), 60U);
  EXPECT_GT(log.records().front().values.at("loss"), 4.5);  // log(150) = 5.01
  EXPECT_LT(log.records().back().values.at("loss"), 4.0);
}

TEST(PolicyTraining, TheRewardReachesTheScores) {
  const auto vector_after = [](double reward) {
    ToyRun run;
    run.model_options = drawing_options();
    run.model_options.decoder->attention->hard.reward = reward;
    run.model_options.decoder->attention->hard.mix_soft = 0.0;  // no other way to learn
    run.model_options.decoder->attention->hard.entropy = 0.0;
    run.train();
    const SavedTensors saved = saved_after(run, 12);
    return saved.at("model/decoder.attention.score.vector");
  };
  const ModelOptions options = drawing_options();
  const std::int64_t vocabulary = test::toy_tokenizer().size();
  Seq2Seq start = make_model(options, vocabulary, vocabulary, 11);  // the seed of a toy run
  const Tensor before = start->named_parameters()["decoder.attention.score.vector"];
  expect_near(vector_after(0.0), before.detach(), 1e-6);
  EXPECT_FALSE(at::allclose(vector_after(0.5), before, 1e-3, 1e-3));
}

}  // namespace
}  // namespace regard
