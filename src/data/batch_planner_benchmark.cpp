#include <algorithm>
#include <vector>

#include "regard/data/batch_planner.h"

#include "core/benchmark_support.h"

namespace regard::benchmarks {
namespace {

/// Sources of 3 to 42 subwords, their translations up to 5 longer or shorter.
std::vector<PairLengths> random_lengths(std::int64_t pairs) {
  RandomStream random(1);
  std::vector<PairLengths> lengths;
  for (std::int64_t i = 0; i < pairs; ++i) {
    const auto source = static_cast<std::int32_t>(3 + random.below(40));
    const auto change = static_cast<std::int32_t>(random.below(11)) - 5;
    lengths.push_back({source, std::max(1, source + change)});
  }
  return lengths;
}

void plan_for_training(benchmark::State& state) {
  const auto lengths = random_lengths(state.range(0));
  // Of one corpus every pair, of the other one half in each epoch.
  const std::int64_t middle = state.range(0) / 2;
  const std::vector<WeightedRange> ranges = {{0, middle, 1.0}, {middle, state.range(0), 0.5}};
  std::int64_t epoch = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(plan_epoch(lengths, ranges, PlanOptions(), 1, epoch++));
  report_rate(state, "pairs", middle + (state.range(0) - middle) / 2);
}

void plan_for_translating(benchmark::State& state) {
  const auto lengths = random_lengths(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(plan_sorted(lengths, PlanOptions().batch_tokens));
  report_rate(state, "pairs", state.range(0));
}

BENCHMARK(plan_for_training)->Name("data/plan_epoch")->Arg(30'000)->Arg(1'000'000)->Apply(usual);
BENCHMARK(plan_for_translating)->Name("data/plan_sorted")->Arg(30'000)->Apply(usual);

}  // namespace
}  // namespace regard::benchmarks
