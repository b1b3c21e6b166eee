#include <string>

#include "regard/decode/module_model.h"
#include "regard/engine/step_scorer.h"
#include "regard/tensor/torch.h"

#include "core/benchmark_support.h"

namespace regard::benchmarks {
namespace {

using torch::Tensor;

constexpr std::int64_t kVocabulary = 8000;
constexpr std::int64_t kBeam = 5;
constexpr std::int64_t kSourceLength = 24;
constexpr std::int64_t kSteps = 20;

Seq2Seq small_model() {
  ModelOptions options;
  options.preset = Preset::transformer_small;
  return make_model(expand(options), kVocabulary, kVocabulary, 1);
}

TokenBatch random_sources(std::int64_t sentences) {
  return to_token_batch({at::randint(4, kVocabulary, {sentences, kSourceLength}, at::kLong),
                         at::full({sentences}, kSourceLength, at::kLong)});
}

Indices indices_of(const Tensor& values) {
  return {values.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(values.numel())};
}

/// Which row each row continues after a usual step: the best one of its sentence twice.
Tensor parents_of(std::int64_t sentences) {
  const Tensor places = at::arange(kBeam).sub(1).clamp_min(0);
  return (at::arange(sentences).mul(kBeam).unsqueeze(1) + places).flatten();
}

/// The steps of beam search over state.range(0) sentences, without choosing the hypotheses that
/// continue.
void run_steps(benchmark::State& state, StepScorer& scorer) {
  const torch::NoGradGuard no_grad;
  const std::int64_t sentences = state.range(0);
  const TokenBatch sources = random_sources(sentences);
  const Tensor first_rows = at::arange(sentences).repeat_interleave(kBeam);
  const Tensor parents = parents_of(sentences);
  const Tensor ids = at::randint(4, kVocabulary, {sentences * kBeam}, at::kLong);
  for (auto _ : state) {
    state.PauseTiming();
    scorer.start(sources);
    scorer.reorder(indices_of(first_rows));
    state.ResumeTiming();
    for (std::int64_t step = 0; step < kSteps; ++step) {
      benchmark::DoNotOptimize(scorer.next(indices_of(ids)));
      scorer.reorder(indices_of(parents));
    }
  }
  report_rate(state, "tokens", kSteps * sentences * kBeam);
}

/// The encoder and what is prepared for the steps.
void run_start(benchmark::State& state, StepScorer& scorer) {
  const torch::NoGradGuard no_grad;
  const TokenBatch sources = random_sources(state.range(0));
  for (auto _ : state)
    scorer.start(sources);
  report_rate(state, "tokens", kSourceLength * state.range(0));
}

using Run = void (*)(benchmark::State&, StepScorer&);

void packed(benchmark::State& state, Run run, WeightType type) {
  const Seq2Seq model = small_model();
  run(state, *pack_model(*model, type)->scorer());
}

void modules(benchmark::State& state, Run run) {
  Seq2Seq model = small_model();
  ModuleScorer scorer(*model);
  run(state, scorer);
}

/// As packed weights and as modules, for one sentence and for a batch.
void add(const std::string& name, Run run) {
  const auto of_sentences = [](benchmark::internal::Benchmark* settings) {
    settings->ArgName("sentences")->Arg(1)->Arg(32)->Apply(usual);
  };
  for (const WeightType type : {WeightType::float32, WeightType::int8}) {
    const std::string packed_name = name + "/packed/" + config::word_of(type);
    of_sentences(benchmark::RegisterBenchmark(packed_name.c_str(), packed, run, type));
  }
  of_sentences(benchmark::RegisterBenchmark((name + "/modules").c_str(), modules, run));
}

[[maybe_unused]] const bool kIsRegistered = [] {
  add("decode/start", run_start);
  add("decode/steps", run_steps);
  return true;
}();

}  // namespace
}  // namespace regard::benchmarks
