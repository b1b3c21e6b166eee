#include <torch/nn/functional/loss.h>

#include "regard/tensor/torch.h"
#include "regard/train/loss.h"

#include "core/benchmark_support.h"

namespace regard::benchmarks {
namespace {

using torch::Tensor;

constexpr std::int64_t kTokens = 2000;
constexpr std::int64_t kDim = 256;
constexpr std::int64_t kVocabulary = 8000;
constexpr double kSmoothing = 0.1;

/// The end of a training step of the preset transformer_small.
struct Step {
  Tensor hidden = at::randn({kTokens, kDim}).requires_grad_();
  Tensor weight = at::randn({kVocabulary, kDim}).mul(0.05).requires_grad_();
  Tensor targets = at::randint(kVocabulary, {kTokens}, at::kLong);

  /// Loss and gradients as `loss_of` computes them.
  template <class LossOf>
  void measure(benchmark::State& state, LossOf loss_of) {
    for (auto _ : state)
      benchmark::DoNotOptimize(torch::autograd::grad({loss_of()}, {hidden, weight}));
    report_rate(state, "tokens", kTokens);
  }
};

void smoothed(benchmark::State& state) {
  Step step;
  step.measure(state, [&] {
    return smoothed_cross_entropy(step.hidden, step.weight, step.targets, kSmoothing).smoothed;
  });
}

void smoothed_by_libtorch(benchmark::State& state) {
  Step step;
  const auto options = torch::nn::functional::CrossEntropyFuncOptions()
                           .reduction(torch::kSum)
                           .label_smoothing(kSmoothing);
  step.measure(state, [&] {
    const Tensor logits = at::matmul(step.hidden, step.weight.t());
    return torch::nn::functional::cross_entropy(logits, step.targets, options);
  });
}

BENCHMARK(smoothed)->Name("train/loss")->Apply(usual);
BENCHMARK(smoothed_by_libtorch)->Name("train/loss/libtorch")->Apply(usual);

}  // namespace
}  // namespace regard::benchmarks
