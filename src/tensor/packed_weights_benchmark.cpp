#include "regard/tensor/packed_weights.h"
#include "regard/tensor/torch.h"

#include "core/benchmark_support.h"

namespace regard::benchmarks {
namespace {

using torch::Tensor;

struct Shape {
  explicit Shape(const benchmark::State& state)
      : rows(state.range(0)), in(state.range(1)), out(state.range(2)) {}
  std::int64_t flop() const { return 2 * rows * in * out; }

  std::int64_t rows;
  std::int64_t in;
  std::int64_t out;
};

/// One beam, a batch of beams, and a batch of training: a feed-forward layer and the output layer
/// of the preset transformer_small.
void of_shapes(benchmark::internal::Benchmark* settings) {
  settings->ArgNames({"rows", "in", "out"})->ArgsProduct({{5, 160, 2048}, {256}, {1024, 8000}});
  usual(settings);
}

void multiply(benchmark::State& state, WeightType type) {
  const Shape shape(state);
  const PackedMatrix matrix =
      pack_weights(at::randn({shape.out, shape.in}), at::randn({shape.out}), type);
  const Tensor x = at::randn({shape.rows, shape.in});
  Tensor y = at::empty({shape.rows, shape.out});
  for (auto _ : state) {
    matrix.multiply(x.const_data_ptr<float>(), shape.rows, y.mutable_data_ptr<float>());
    benchmark::ClobberMemory();
  }
  report_rate(state, "flop", shape.flop());
}

void multiply_by_libtorch(benchmark::State& state) {
  const Shape shape(state);
  const torch::NoGradGuard no_grad;
  const Tensor weight = at::randn({shape.out, shape.in});
  const Tensor bias = at::randn({shape.out});
  const Tensor x = at::randn({shape.rows, shape.in});
  for (auto _ : state)
    benchmark::DoNotOptimize(at::linear(x, weight, bias));
  report_rate(state, "flop", shape.flop());
}

BENCHMARK_CAPTURE(multiply, float32, WeightType::float32)
    ->Name("tensor/packed_weights/float32")
    ->Apply(of_shapes);
BENCHMARK_CAPTURE(multiply, bfloat16, WeightType::bfloat16)
    ->Name("tensor/packed_weights/bfloat16")
    ->Apply(of_shapes);
BENCHMARK_CAPTURE(multiply, float16, WeightType::float16)
    ->Name("tensor/packed_weights/float16")
    ->Apply(of_shapes);
BENCHMARK_CAPTURE(multiply, int8, WeightType::int8)
    ->Name("tensor/packed_weights/int8")
    ->Apply(of_shapes);
BENCHMARK(multiply_by_libtorch)->Name("tensor/packed_weights/libtorch")->Apply(of_shapes);

}  // namespace
}  // namespace regard::benchmarks
