#include <string>
#include <vector>

#include "regard/attention/attention.h"
#include "regard/tensor/torch.h"

#include "core/benchmark_support.h"

namespace regard::benchmarks {
namespace {

using torch::Tensor;

constexpr std::int64_t kBatch = 32;
constexpr std::int64_t kHeads = 8;
constexpr std::int64_t kPositions = 32;
constexpr std::int64_t kDim = 256;

AttentionOptions usual_options(const std::string& score, const std::string& align) {
  AttentionOptions options;
  options.heads = kHeads;
  options.project = AttentionProjection::qkv;
  options.score = score;
  options.align = align;
  options.window = align.starts_with("local") ? 5 : 0;
  return options;
}

/// Self-attention over sentences of 17 to 32 tokens.
struct Setup {
  explicit Setup(const AttentionOptions& options)
      : attention(options, AttentionSizes{kDim, kDim, 0.0}) {
    initialise_parameters(*attention, 1);
    const Tensor lengths = 17 + at::arange(kBatch, at::kLong) % (kPositions - 16);
    mask = make_sequence_mask(lengths, kPositions);
  }

  Attention attention;
  Tensor input = at::randn({kBatch, kPositions, kDim});
  SequenceMask mask;
};

void evaluate(benchmark::State& state, const AttentionOptions& options, bool needs_weights) {
  Setup setup(options);
  const torch::NoGradGuard no_grad;
  const ForwardContext forward;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        setup.attention->attend_self(setup.input, setup.mask, {forward, needs_weights}));
  }
  report_rate(state, "tokens", kBatch * kPositions);
}

/// Forward and backward.
void train(benchmark::State& state, const AttentionOptions& options, bool needs_weights) {
  Setup setup(options);
  RandomStream random(1);
  const ForwardContext forward{&random};
  const Tensor gradient = at::ones_like(setup.input);
  setup.input.requires_grad_();
  for (auto _ : state) {
    const auto result =
        setup.attention->attend_self(setup.input, setup.mask, {forward, needs_weights});
    result.context.backward(gradient);
    setup.attention->zero_grad();
    setup.input.mutable_grad().reset();
  }
  report_rate(state, "tokens", kBatch * kPositions);
}

void add(const std::string& name, const AttentionOptions& options, bool needs_weights = false) {
  const auto with = [=](auto run) {
    return [=](benchmark::State& state) { run(state, options, needs_weights); };
  };
  const std::string place = "attention/" + name;
  benchmark::RegisterBenchmark((place + "/forward").c_str(), with(evaluate))->Apply(usual);
  benchmark::RegisterBenchmark((place + "/training").c_str(), with(train))->Apply(usual);
}

/// Every registered score with every alignment; the location score, which has one head, apart.
void add_scores_and_aligns() {
  for (const std::string& score : score_names()) {
    if (score == "location") continue;
    for (const std::string& align : align_names())
      add(score + "/" + align, usual_options(score, align));
  }
  AttentionOptions location = usual_options("location", "softmax");
  location.heads = 1;
  location.max_source = kPositions;
  add("location/softmax", location);
}

void add_positions() {
  for (const std::string& position : position_names()) {
    if (position == "none") continue;
    AttentionOptions options = usual_options("scaled_dot", "softmax");
    options.position = position;
    add("position/" + position, options);
  }
}

/// What the other lists leave out: weights that are read, features, and the other kinds of hard.
void add_variants() {
  add("with_weights", usual_options("scaled_dot", "softmax"), true);
  AttentionOptions features = usual_options("additive", "softmax");
  features.heads = 1;
  features.granularity = Granularity::feature;
  add("features", features);
  features.clip = 5.0;
  add("features/clipped", features);
  for (const HardSelection select : {HardSelection::sample, HardSelection::threshold}) {
    AttentionOptions hard = usual_options("scaled_dot", "hard");
    hard.hard.select = select;
    add("scaled_dot/hard_" + config::word_of(select), hard);
  }
}

[[maybe_unused]] const bool kIsRegistered = [] {
  add_scores_and_aligns();
  add_positions();
  add_variants();
  return true;
}();

}  // namespace
}  // namespace regard::benchmarks
