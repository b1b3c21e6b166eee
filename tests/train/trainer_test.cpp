#include "regard/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/tensor/precision.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"
#include "train/toy_run.h"

namespace regard {
namespace {

using test::error_of;
using test::expect_near;
using test::saved_tensors;
using test::SavedTensors;
using test::ToyRun;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using torch::Tensor;

SavedTensors trainer_saved_after(const ToyRun& run, std::int64_t update) {
  return saved_tensors(run.store().folder_of(update));
}

void expect_same_bits(const SavedTensors& actual, const SavedTensors& expected) {
  ASSERT_GT(expected.size(), 20U);
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(actual.contains(name)) << name;
    EXPECT_TRUE(at::isfinite(tensor).all().item<bool>()) << name;
    EXPECT_TRUE(torch::equal(actual.at(name), tensor)) << name;
  }
}

/// The state without what depends on the clock.
TrainingState without_clock(TrainingState state) {
  state.seconds = state.validated_at = 0;
  return state;
}

class TrainerResume : public testing::TestWithParam<double> {};

TEST_P(TrainerResume, RepeatsAnUninterruptedRunBitForBit) {
  const auto prepare = [](ToyRun& run) {
    run.options.training.ema = GetParam();
    run.options.training.accumulate = 2;
    run.validates = true;
    run.options.validation.every = 3;
  };
  ToyRun whole;
  prepare(whole);
  const TrainingResult expected = whole.train();
  ASSERT_EQ(expected.state.update, 12);
  ASSERT_GE(expected.state.position.epoch, 2);

  ToyRun split;
  prepare(split);
  // A part that ends between two validations, in the middle of an epoch.
  split.options.training.max_updates = 5;
  split.options.validation.every = 0;
  const TrainingResult first = split.train();
  ASSERT_EQ(first.state.update, 5);
  ASSERT_NE(first.state.position.batch, 0);
  ASSERT_LT(first.state.position.epoch, expected.state.position.epoch);
  split.options.training.max_updates = 12;
  split.options.validation.every = 3;
  const TrainingResult second = split.train();
  EXPECT_EQ(second.state.update, 12);
  EXPECT_EQ(second.state.position, expected.state.position);
  EXPECT_EQ(second.state.target_tokens, expected.state.target_tokens);
  const SavedTensors tensors = trainer_saved_after(whole, 12);
  EXPECT_EQ(tensors.contains("training/weights.encoder.embedding.weight"), GetParam() > 0.0);
  expect_same_bits(trainer_saved_after(split, 12), tensors);
}

INSTANTIATE_TEST_SUITE_P(Mean, TrainerResume, testing::Values(0.0, 0.99));

TEST(Trainer, DependsOnTheSeedAndOnDropout) {
  ToyRun first;
  first.train();
  const SavedTensors expected = trainer_saved_after(first, 12);
  const auto differs = [&](const std::function<void(ToyRun&)>& change) {
    ToyRun other;
    change(other);
    other.train();
    const std::string name = "model/encoder.embedding.weight";
    return !torch::equal(trainer_saved_after(other, 12).at(name), expected.at(name));
  };
  EXPECT_FALSE(differs([](ToyRun&) {}));
  EXPECT_TRUE(differs([](ToyRun& run) { run.options.seed = 12; }));
  EXPECT_TRUE(differs([](ToyRun& run) { run.model_options.dropout.residual = 0.2; }));
}

TEST(Trainer, LearnsThePairs) {
  ToyRun run;
  run.options.training.max_updates = 60;
  run.options.training.label_smoothing = 0;
  run.model_options.dropout = {0, 0, 0, 0};
  run.train();
  const MetricsLog log(run.folder.path(), 60, "bleu");
  ASSERT_EQ(log.records().size(), 60U);
  EXPECT_GT(log.records().front().values.at("loss"), 4.5);  // log(150) = 5.01
  EXPECT_LT(log.records().back().values.at("loss"), 4.0);
}

TEST(Trainer, ValidationChangesNothingInTraining) {
  ToyRun plain;
  plain.options.training.ema = 0.9;
  plain.train();
  ToyRun validated;
  validated.options.training.ema = 0.9;
  validated.validates = true;
  validated.train();
  EXPECT_EQ(validated.translator.calls, 12U);
  expect_same_bits(trainer_saved_after(validated, 12), trainer_saved_after(plain, 12));
}

TEST(Trainer, ValidatesAndPublishesTheMeanOfTheWeights) {
  ToyRun run;
  run.options.training.ema = 0.9;
  run.validates = true;
  run.options.validation.every = 12;
  std::map<std::string, Tensor> seen;
  run.translator.on_call = [&](Seq2SeqImpl& model) {
    for (const auto& [name, weight] : named_weights(model))
      seen[name] = weight.detach().clone();
  };
  run.train();
  const SavedTensors saved = trainer_saved_after(run, 12);
  ASSERT_FALSE(seen.empty());
  for (const auto& [name, weight] : seen) {
    EXPECT_TRUE(torch::equal(weight, saved.at("model/" + name))) << name;
    EXPECT_FALSE(torch::equal(weight, saved.at("training/weights." + name))) << name;
  }
  for (const auto& [name, weight] : named_weights(*run.model())) {
    EXPECT_TRUE(torch::equal(weight, saved.at("training/weights." + name))) << name;
  }
}

/// The gradient of the first update: the first moment is (1 - beta1) times it.
SavedTensors first_gradient(std::int64_t batch_tokens, std::int64_t accumulate) {
  ToyRun run;
  run.model_options.dropout = {0, 0, 0, 0};
  run.options.training.clip_norm = 0;
  run.options.training.batch_tokens = batch_tokens;
  run.options.training.accumulate = accumulate;
  run.options.training.max_updates = 1;
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.position, (StreamPosition{1, 0}));  // each pair once
  SavedTensors gradient = trainer_saved_after(run, 1);
  std::erase_if(gradient, [](const auto& item) { return !item.first.starts_with("training/m."); });
  return gradient;
}

std::int64_t batches_of_an_epoch(std::int64_t batch_tokens) {
  const ToyRun run;
  const Corpus corpus = run.corpus();
  return plan_epoch(corpus.lengths(), corpus.ranges(), {batch_tokens, 100, true}, run.options.seed,
                    0)
      .size();
}

TEST(Trainer, AccumulatesToTheGradientOfOneBatch) {
  const std::int64_t parts = batches_of_an_epoch(120);
  ASSERT_GT(parts, 3);
  ASSERT_EQ(batches_of_an_epoch(100000), 1);
  const SavedTensors whole = first_gradient(100000, 1);
  const SavedTensors split = first_gradient(120, parts);
  ASSERT_GT(whole.size(), 10U);
  double largest = 0;
  for (const auto& [name, gradient] : whole) {
    largest = std::max(largest, gradient.abs().max().item<double>());
    expect_near(split.at(name), gradient, 1e-6);
  }
  EXPECT_GT(largest, 1e-2);
}

TEST(Trainer, ClipsTheNormOfTheGradient) {
  ToyRun run;
  run.options.training.clip_norm = 0.01;
  run.options.training.max_updates = 1;
  run.train();
  double sum = 0;
  for (const auto& [name, moment] : trainer_saved_after(run, 1)) {
    if (name.starts_with("training/m.")) sum += moment.square().sum().item<double>();
  }
  EXPECT_NEAR(std::sqrt(sum), 0.1 * 0.01, 1e-6);  // (1 - beta1) times the norm
  const MetricsLog log(run.folder.path(), 1, "bleu");
  EXPECT_GT(log.records().at(0).values.at("gradient_norm"), 0.01);  // before clipping
}

void spoil_row(const Tensor& table, std::int64_t row) {
  const torch::NoGradGuard no_grad;
  table[row].fill_(std::numeric_limits<float>::quiet_NaN());
}

std::map<std::string, Tensor> weights_of(const Seq2Seq& model) {
  std::map<std::string, Tensor> weights;
  for (const auto& [name, weight] : named_weights(*model))
    weights[name] = weight.detach().clone();
  return weights;
}

TEST(Trainer, NeverAppliesAGradientThatIsNotFinite) {
  ToyRun run;
  // A source subword of a few pairs only: their batches give no gradient, the others do.
  const Corpus corpus = run.corpus();
  const std::int64_t rare = corpus.source(0)[1];
  run.model_options.tie = Tie::none;
  run.on_model = [&](Seq2SeqImpl& model) {
    for (const auto& [name, weight] : named_weights(model)) {
      if (name == "encoder.embedding.weight") spoil_row(weight, rare);
    }
  };
  run.options.training.batch_tokens = 1;
  run.options.training.max_updates = 10;
  const TrainingResult result = run.train();
  EXPECT_EQ(result.state.update, 10);
  EXPECT_GT(result.state.refused, 0);
  EXPECT_LT(result.state.refused, 10);
  const auto warnings = run.logger.of(LogLevel::warning);
  EXPECT_EQ(warnings.size(), static_cast<std::size_t>(result.state.refused));
  EXPECT_THAT(warnings.at(0), HasSubstr("not finite"));
  const auto weights = weights_of(run.model());
  ASSERT_TRUE(weights.contains("encoder.embedding.weight"));
  for (const auto& [name, weight] : weights) {
    Tensor clean = weight;
    if (name == "encoder.embedding.weight") clean[rare].zero_();
    EXPECT_TRUE(at::isfinite(clean).all().item<bool>()) << name;
  }
}

TEST(Trainer, EndsARunOfTenGradientsInARowThatAreNotFinite) {
  ToyRun run;
  std::map<std::string, Tensor> before;
  Seq2SeqImpl* model = nullptr;
  run.on_model = [&](Seq2SeqImpl& made) {
    spoil_row(made.output_weight(), 70);
    model = &made;
    for (const auto& [name, weight] : named_weights(made))
      before[name] = weight.detach().clone();
  };
  const std::string text = error_of<RunError>([&] { run.train(); });
  EXPECT_THAT(text, HasSubstr("10 consecutive gradients were not finite up to update 10"));
  EXPECT_THAT(text, HasSubstr("training.schedule.peak"));
  EXPECT_EQ(run.logger.of(LogLevel::warning).size(), 10U);
  EXPECT_THAT(run.store().updates(), IsEmpty());
  const auto after = weights_of(run.model());
  ASSERT_FALSE(before.empty());
  for (const auto& [name, weight] : before) {
    EXPECT_TRUE(at::allclose(after.at(name), weight, 0, 0, /*equal_nan=*/true)) << name;
  }
}

/// A run in which some batches give no finite gradient.
void spoil_rare_pairs(ToyRun& run) {
  const Corpus corpus = run.corpus();
  const std::int64_t rare = corpus.source(0)[1];
  run.model_options.tie = Tie::none;
  run.on_model = [rare](Seq2SeqImpl& model) {
    for (const auto& [name, weight] : named_weights(model)) {
      if (name == "encoder.embedding.weight") spoil_row(weight, rare);
    }
  };
  run.options.training.batch_tokens = 1;
  run.options.training.max_updates = 25;
  run.options.training.ema = 0.9;
}

TEST(Trainer, LooksAtUpdatesSeldomWithTheSameResult) {
  ToyRun often;
  spoil_rare_pairs(often);
  ToyRun seldom;
  spoil_rare_pairs(seldom);
  seldom.options.checks_every = 10;
  seldom.options.training.log_every = 1000;
  const TrainingResult expected = often.train();
  const TrainingResult actual = seldom.train();
  ASSERT_GT(expected.state.refused, 1);
  EXPECT_EQ(actual.state.refused, expected.state.refused);
  const SavedTensors saved = trainer_saved_after(seldom, 25);
  ASSERT_GT(saved.size(), 20U);
  for (const auto& [name, tensor] : trainer_saved_after(often, 25))
    EXPECT_TRUE(at::allclose(saved.at(name), tensor, 0, 0, /*equal_nan=*/true)) << name;
  EXPECT_LT(seldom.logger.of(LogLevel::warning).size(), often.logger.of(LogLevel::warning).size());
}

TEST(Trainer, EndsADivergedRunThatItLooksAtSeldom) {
  ToyRun run;
  run.options.checks_every = 10;
  run.options.training.log_every = 1000;
  run.options.training.max_updates = 100;
  run.on_model = [](Seq2SeqImpl& made) { spoil_row(made.output_weight(), 70); };
  const std::string text = error_of<RunError>([&] { run.train(); });
  EXPECT_THAT(text, HasSubstr("10 consecutive gradients were not finite up to update 10"));
}

TEST(Trainer, LeavesFrozenWeightsAsTheyAre) {
  ToyRun run;
  std::map<std::string, Tensor> before;
  run.on_model = [&](Seq2SeqImpl& made) {
    for (const auto& [name, weight] : named_weights(made))
      before[name] = weight.detach().clone();
  };
  run.model_options.tie = Tie::none;
  run.options.training.freeze = {"encoder.*", "*.norm.bias"};
  run.train();
  std::size_t num_frozen = 0;
  for (const auto& [name, weight] : weights_of(run.model())) {
    const bool is_frozen = name.starts_with("encoder.") || name.ends_with(".norm.bias");
    num_frozen += is_frozen ? 1 : 0;
    EXPECT_EQ(torch::equal(weight, before.at(name)), is_frozen) << name;
  }
  EXPECT_GT(num_frozen, 10U);
  EXPECT_LT(num_frozen, before.size());
  const SavedTensors saved = trainer_saved_after(run, 12);
  EXPECT_TRUE(saved.contains("model/encoder.embedding.weight"));
  EXPECT_FALSE(saved.contains("training/m.encoder.embedding.weight"));
  EXPECT_TRUE(saved.contains("training/m.decoder.embedding.weight"));
}

TEST(Trainer, RefusesPatternsThatFreezeNothingOrEverything) {
  const auto message_of = [](const std::vector<std::string>& freeze) {
    ToyRun run;
    run.options.training.freeze = freeze;
    return error_of<UserError>([&] { run.train(); });
  };
  EXPECT_THAT(message_of({"encoder.*", "enkoder.*"}),
              HasSubstr("training.freeze: 'enkoder.*' matches no weight"));
  EXPECT_THAT(message_of({"*"}), HasSubstr("training.freeze: all weights are frozen"));
}

TEST(Trainer, LowersTheRateOnAPlateau) {
  const auto prepare = [](ToyRun& run) {
    run.validates = true;
    run.options.validation.every = 2;
    run.options.training.max_updates = 16;
    run.options.training.schedule.type = ScheduleType::plateau;
    run.options.training.schedule.warmup = 0;
    run.options.training.schedule.decay = 0.1;
    run.options.training.schedule.patience = 2;
    run.translator.num_right = {5, 4, 3, 9, 8, 7, 6, 5};
  };
  ToyRun run;
  prepare(run);
  const TrainingResult result = run.train();
  const MetricsLog log(run.folder.path(), 16, "bleu");
  std::map<std::int64_t, double> rates;
  for (const MetricsRecord& record : log.records()) {
    if (record.kind == "train") rates[record.update] = record.values.at("learning_rate");
  }
  // New bests at updates 2 and 8; two validations without one by 6, 12 and 16.
  EXPECT_DOUBLE_EQ(rates.at(6), 1e-2);
  EXPECT_NEAR(rates.at(7), 1e-3, 1e-12);
  EXPECT_NEAR(rates.at(12), 1e-3, 1e-12);
  EXPECT_NEAR(rates.at(13), 1e-4, 1e-12);
  EXPECT_EQ(result.state.reductions, 3);

  ToyRun split;  // the state of the plateau survives a resume
  prepare(split);
  split.options.training.max_updates = 9;
  split.train();
  split.options.training.max_updates = 16;
  split.translator.num_right = {8};
  split.translator.calls = 0;
  split.train();
  const MetricsLog again(split.folder.path(), 16, "bleu");
  ASSERT_FALSE(again.records().empty());
  for (const MetricsRecord& record : again.records()) {
    if (record.kind == "train" && record.update < 10) {
      EXPECT_DOUBLE_EQ(record.values.at("learning_rate"), rates.at(record.update));
    }
  }
}

TEST(Trainer, ValidatesByTheClock) {
  ToyRun run;
  run.validates = true;
  run.options.validation.every = 0;
  run.options.validation.every_minutes = 1e-9;  // at each update
  EXPECT_EQ(run.train().state.update, 12);
  EXPECT_EQ(run.translator.calls, 12U);
  ToyRun seldom;
  seldom.validates = true;
  seldom.options.validation.every = 0;
  seldom.options.validation.every_minutes = 1e6;  // at the end only
  seldom.train();
  EXPECT_EQ(seldom.translator.calls, 1U);
}

TEST(Trainer, ComputesInBfloat16WhereTheDeviceCan) {
  ToyRun plain;
  plain.train();
  ToyRun half;
  half.options.training.precision = Precision::bfloat16;
  half.train();
  const std::string name = "model/encoder.embedding.weight";
  const Tensor expected = trainer_saved_after(plain, 12).at(name);
  const Tensor actual = trainer_saved_after(half, 12).at(name);
  EXPECT_EQ(actual.scalar_type(), at::kFloat);
  if (supports_bfloat16(torch::kCPU)) {
    EXPECT_FALSE(torch::equal(actual, expected));
    ToyRun start;
    start.options.training.max_updates = 1;
    start.train();
    const Tensor first = trainer_saved_after(start, 1).at(name);
    const double way = (expected - first).norm().item<double>();
    ASSERT_GT(way, 0.1);
    EXPECT_LT((actual - expected).norm().item<double>(), 0.3 * way);
    EXPECT_THAT(half.logger.of(LogLevel::warning), IsEmpty());
  } else {
    EXPECT_TRUE(torch::equal(actual, expected));
    EXPECT_THAT(half.logger.of(LogLevel::warning),
                ElementsAre(HasSubstr("no bfloat16 arithmetic")));
  }
}

TEST(Trainer, EndsAtTheFirstLimit) {
  ToyRun run;
  run.options.training.max_updates = 3;
  EXPECT_EQ(run.train().state.finished, "3 updates");
  EXPECT_THAT(run.store().updates(), ElementsAre(3));

  ToyRun epochs;
  epochs.options.training.max_updates = 0;
  epochs.options.training.max_epochs = 2;
  const TrainingResult result = epochs.train();
  EXPECT_EQ(result.state.finished, "2 epochs");
  EXPECT_EQ(result.state.position, (StreamPosition{2, 0}));
  EXPECT_EQ(result.state.update, 2 * batches_of_an_epoch(120));

  ToyRun minutes;
  minutes.options.training.max_updates = 0;
  minutes.options.training.max_minutes = 1e-4;
  EXPECT_EQ(minutes.train().state.finished, "0.0001 minutes");
}

TEST(Trainer, EndsAtTheFirstUpdateBeyondItsTokens) {
  ToyRun whole;
  whole.options.training.max_updates = 4;
  const std::int64_t tokens_of_four = whole.train().state.target_tokens;
  ASSERT_GT(tokens_of_four, 40);

  ToyRun exact;
  exact.options.training.max_updates = 0;
  exact.options.training.max_tokens = tokens_of_four;
  const TrainingResult result = exact.train();
  EXPECT_EQ(result.state.finished, str(tokens_of_four, " target tokens"));
  EXPECT_EQ(result.state.update, 4);
  EXPECT_EQ(result.state.target_tokens, tokens_of_four);

  // One more token takes one more update, in a session that continues from there.
  exact.options.training.max_tokens = tokens_of_four + 1;
  EXPECT_EQ(exact.train().state.update, 5);
  EXPECT_EQ(exact.reason_at_start, "");
  exact.train();
  EXPECT_EQ(exact.reason_at_start, str(tokens_of_four + 1, " target tokens"));
}

TEST(Trainer, HasNothingToDoAfterItsLimit) {
  ToyRun run;
  run.options.training.max_updates = 3;
  run.train();
  const SavedTensors saved = trainer_saved_after(run, 3);
  const TrainingResult again = run.train();
  EXPECT_EQ(run.reason_at_start, "3 updates");
  EXPECT_EQ(again.state.update, 3);
  expect_same_bits(trainer_saved_after(run, 3), saved);
}

TEST(Trainer, SavesOnASignalAndGoesOnFromThere) {
  ToyRun whole;
  whole.train();
  ToyRun run;
  run.logger.on_log = [&](const std::string& text) {
    if (text.starts_with("update 4 ")) run.stop.request(15);
  };
  const TrainingResult stopped = run.train();
  EXPECT_TRUE(stopped.was_stopped);
  EXPECT_EQ(stopped.state.update, 4);
  EXPECT_EQ(stopped.state.finished, "");
  EXPECT_THAT(run.store().updates(), ElementsAre(4));
  run.stop.request(0);
  run.logger.on_log = {};
  const TrainingResult done = run.train();
  EXPECT_FALSE(done.was_stopped);
  EXPECT_EQ(done.state.finished, "12 updates");
  expect_same_bits(trainer_saved_after(run, 12), trainer_saved_after(whole, 12));
}

TEST(Trainer, SavesWhenAskedToAndGoesOn) {
  ToyRun run;
  run.options.checkpoint.keep_last = 9;
  run.logger.on_log = [&](const std::string& text) {
    if (text.starts_with("update 4 ")) run.stop.request_save();
  };
  run.train();
  EXPECT_THAT(run.store().updates(), ElementsAre(4, 12));
}

TEST(Trainer, MakesUpForAValidationThatASignalCutShort) {
  const auto prepare = [](ToyRun& run) {
    run.validates = true;
    run.options.validation.every = 4;
    run.translator.num_right = {3, 5, 7};
  };
  ToyRun whole;
  prepare(whole);
  const TrainingResult expected = whole.train();
  ASSERT_EQ(expected.state.best, (std::vector<ScoredUpdate>{expected.state.best.front()}));
  ASSERT_EQ(expected.state.best.front().update, 12);
  for (const std::size_t cut : {0U, 2U}) {  // the first validation, and the one at the end
    ToyRun run;
    prepare(run);
    run.translator.on_call = [&](Seq2SeqImpl&) {
      if (run.translator.calls == cut) run.stop.request(15);
    };
    const TrainingResult stopped = run.train();
    EXPECT_TRUE(stopped.was_stopped);
    EXPECT_TRUE(stopped.state.is_validation_due);
    EXPECT_EQ(stopped.state.update, 4 * static_cast<std::int64_t>(cut + 1));
    run.stop.request(0);
    run.translator.on_call = {};
    const TrainingResult done = run.train();
    EXPECT_EQ(run.reason_at_start, "");
    EXPECT_EQ(run.translator.calls, 3U);
    EXPECT_EQ(without_clock(done.state), without_clock(expected.state));
    expect_same_bits(trainer_saved_after(run, 12), trainer_saved_after(whole, 12));
    run.train();
    EXPECT_EQ(run.reason_at_start, "12 updates");
  }
}

TEST(Trainer, WarnsWhenTheNumberOfThreadsChanged) {
  ToyRun run;
  run.options.training.max_updates = 2;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  run.train();
  at::set_num_threads(2);
  run.options.training.max_updates = 3;
  run.train();
  at::set_num_threads(threads);
  EXPECT_THAT(run.logger.of(LogLevel::warning), ElementsAre(HasSubstr("1 threads, now 2")));
}

}  // namespace
}  // namespace regard
