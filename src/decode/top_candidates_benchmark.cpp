#include <vector>

#include "regard/tensor/torch.h"

#include "core/benchmark_support.h"
#include "engine/top_candidates.h"

namespace regard::benchmarks {
namespace {

constexpr std::int64_t kSentences = 32;
constexpr std::int64_t kBeam = 5;
constexpr std::int64_t kCandidates = 2 * kBeam;  // what beam search asks for

/// [rows of all sentences, state.range(0) tokens]
torch::Tensor random_scores(benchmark::State& state) {
  torch::manual_seed(1);
  return at::randn({kSentences * kBeam, state.range(0)}).mul(2.0).log_softmax(-1);
}

void choose(benchmark::State& state) {
  torch::Tensor scores = random_scores(state);
  const ScoreRows rows{scores.mutable_data_ptr<float>(), scores.size(0), scores.size(1)};
  const std::vector<float> so_far(kSentences * kBeam, -3.0F);
  for (auto _ : state)
    benchmark::DoNotOptimize(top_candidates(rows, so_far, kBeam, kCandidates));
  report_rate(state, "rows", kSentences * kBeam);
}

void choose_by_libtorch(benchmark::State& state) {
  const torch::Tensor scores = random_scores(state);
  const torch::Tensor so_far = at::full({kSentences * kBeam, 1}, -3.0F);
  for (auto _ : state) {
    benchmark::DoNotOptimize(at::topk((scores + so_far).view({kSentences, -1}), kCandidates));
  }
  report_rate(state, "rows", kSentences * kBeam);
}

BENCHMARK(choose)->Name("decode/top_candidates")->Arg(8000)->Arg(32000)->Apply(usual);
BENCHMARK(choose_by_libtorch)
    ->Name("decode/top_candidates/libtorch")
    ->Arg(8000)
    ->Arg(32000)
    ->Apply(usual);

}  // namespace
}  // namespace regard::benchmarks
