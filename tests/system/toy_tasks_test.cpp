#include <algorithm>

#include <gtest/gtest.h>

#include "regard/core/random.h"
#include "regard/decode/module_model.h"
#include "regard/engine/search.h"
#include "regard/model/seq2seq.h"
#include "regard/model/token_states.h"
#include "regard/model/weights.h"
#include "regard/tensor/torch.h"
#include "regard/train/loss.h"
#include "regard/train/optimizer.h"
#include "regard/train/schedule.h"

// Trains a small Transformer on tasks whose answer is known, and counts exactly right sentences
// that it has not seen.

namespace regard {
namespace {

using Sentence = std::vector<std::int32_t>;
using Task = std::function<Sentence(Sentence)>;

constexpr std::int32_t kFirstSymbol = 4;
constexpr std::int32_t kSymbols = 12;
constexpr std::int64_t kUpdates = 1400;

Sentence random_sentence(RandomStream& random) {
  Sentence sentence(static_cast<std::size_t>(4 + random.below(6)));
  for (std::int32_t& token : sentence) {
    token = kFirstSymbol + static_cast<std::int32_t>(random.below(kSymbols));
  }
  return sentence;
}

Batch random_batch(RandomStream& random, const Task& task, const TokenRoles& roles) {
  std::vector<Sentence> sources;
  std::vector<Sentence> targets;
  for (int row = 0; row < 64; ++row) {
    sources.push_back(random_sentence(random));
    targets.push_back(task(sources.back()));
  }
  const std::vector<TokenSpan> source_spans(sources.begin(), sources.end());
  const std::vector<TokenSpan> target_spans(targets.begin(), targets.end());
  return make_batch(source_spans, target_spans, std::vector<std::int64_t>(sources.size()),
                    roles.batch_ids());
}

Seq2Seq small_model() {
  ModelOptions options;
  options.preset = Preset::transformer_tiny;
  options.dim = 64;
  options.feed_forward = 128;
  options.dropout.residual = 0.0;
  options.dropout.embedding = 0.0;
  return make_model(options, kFirstSymbol + kSymbols, kFirstSymbol + kSymbols, 1);
}

void train(Seq2Seq& model, const Task& task, const TokenRoles& roles) {
  Optimizer optimizer({}, named_weights(*model));
  ScheduleOptions schedule;
  schedule.type = ScheduleType::linear;
  schedule.peak = 2.0e-3;
  schedule.warmup = 100;
  RandomStream random(7);
  for (std::int64_t update = 1; update <= kUpdates; ++update) {
    const Batch batch = random_batch(random, task, roles);
    optimizer.zero_gradients();
    const TokenStates states = forward_tokens(*model, batch, ForwardContext{});
    const Loss loss =
        smoothed_cross_entropy(states.hidden, model->output_weight(), states.targets, 0.0);
    (loss.smoothed / static_cast<double>(batch.target_tokens)).backward();
    optimizer.step(learning_rate(schedule, update, {kUpdates, 0, 0}));
  }
}

/// Share of exactly right translations of sentences from another random stream.
double exact_share(Seq2Seq& model, const Task& task, const TokenRoles& roles) {
  RandomStream random(1234567);
  std::vector<Sentence> sources;
  for (int i = 0; i < 300; ++i)
    sources.push_back(random_sentence(random));
  const std::vector<TokenSpan> spans(sources.begin(), sources.end());
  ModuleScorer scorer(*model);
  const auto results = greedy_search(scorer, make_token_batch(spans, roles.source_end, roles.pad),
                                     roles, SearchOptions{});
  EXPECT_EQ(results.size(), sources.size());
  double right = 0;
  for (std::size_t i = 0; i < results.size(); ++i)
    right += results[i].tokens == task(sources[i]) ? 1 : 0;
  return right / static_cast<double>(sources.size());
}

double solve(const Task& task) {
  at::set_num_threads(1);
  const TokenRoles roles;
  Seq2Seq model = small_model();
  EXPECT_LT(exact_share(model, task, roles), 0.1) << "the task is solved without training";
  train(model, task, roles);
  return exact_share(model, task, roles);
}

TEST(ToyTasks, CopyIsSolvedExactly) {
  EXPECT_GE(solve([](Sentence s) { return s; }), 0.98);
}

TEST(ToyTasks, ReverseIsSolvedExactly) {
  EXPECT_GE(solve([](Sentence s) {
              std::reverse(s.begin(), s.end());
              return s;
            }),
            0.98);
}

TEST(ToyTasks, SortIsSolvedExactly) {
  EXPECT_GE(solve([](Sentence s) {
              std::sort(s.begin(), s.end());
              return s;
            }),
            0.98);
}

}  // namespace
}  // namespace regard
