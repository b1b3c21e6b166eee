#include <algorithm>
#include <optional>

#include "regard/tensor/torch.h"

#include "decode/fast/packed_kinds.h"

namespace regard::packed_forms {
namespace {

using torch::Tensor;

/// The equations are in layers/functions/average.cpp.
struct PackedAverage {
  struct Network {
    PackedMatrix inner;
    PackedMatrix outer;
  };
  std::optional<Network> network;
  std::optional<PackedMatrix> gates;
  NormWeights norm;
};

/// Keeps the sum of each hypothesis's inputs, whose rows move with the hypotheses.
class AverageSteps final : public SublayerSteps {
 public:
  explicit AverageSteps(const PackedAverage& weights) : weights_(weights) {}

  void step(const StepInput& input, ResidualRows& x) override {
    const float* rows = x.input(weights_.norm);
    Tensor y = mean_with(rows, x, static_cast<float>(input.hypotheses.steps()));
    if (weights_.network) y = network_of(y);
    if (weights_.gates) gate(rows, y);
    x.add(y.const_data_ptr<float>(), weights_.norm);
  }

  void reorder(std::span<const std::int64_t> rows) override {
    if (!sums_.defined()) return;
    const std::int64_t dim = sums_.size(1);
    Tensor moved = at::empty({std::ssize(rows), dim});
    const auto* from = sums_.const_data_ptr<float>();
    auto* to = moved.mutable_data_ptr<float>();
    for (const std::int64_t row : rows)
      to = std::copy_n(from + row * dim, dim, to);
    sums_ = moved;
  }

 private:
  /// Takes the inputs [rows, dim] of x in; the mean of all `count` so far [rows, dim].
  Tensor mean_with(const float* inputs, const ResidualRows& x, float count) {
    if (!sums_.defined()) sums_ = at::zeros({x.rows(), x.dim()});
    Tensor mean = at::empty({x.rows(), x.dim()});
    auto* sum = sums_.mutable_data_ptr<float>();
    auto* out = mean.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < mean.numel(); ++i) {
      sum[i] += inputs[i];
      out[i] = sum[i] / count;
    }
    return mean;
  }

  Tensor network_of(const Tensor& mean) const {
    Tensor hidden = at::empty({mean.size(0), weights_.network->inner.out()});
    weights_.network->inner.multiply(mean.const_data_ptr<float>(), mean.size(0),
                                     hidden.mutable_data_ptr<float>(), {.has_relu = true});
    Tensor y = at::empty_like(mean);
    weights_.network->outer.multiply(hidden.const_data_ptr<float>(), mean.size(0),
                                     y.mutable_data_ptr<float>());
    return y;
  }

  /// y becomes i * inputs + f * y, all [rows, dim].
  void gate(const float* inputs, Tensor& y) const {
    const std::int64_t rows = y.size(0);
    const std::int64_t dim = y.size(1);
    auto* out = y.mutable_data_ptr<float>();
    Tensor joined = at::empty({rows, 2 * dim});
    auto* both = joined.mutable_data_ptr<float>();
    for (std::int64_t row = 0; row < rows; ++row) {
      std::copy_n(inputs + row * dim, dim, both + row * 2 * dim);
      std::copy_n(out + row * dim, dim, both + row * 2 * dim + dim);
    }
    Tensor gates = at::empty({rows, 2 * dim});
    weights_.gates->multiply(both, rows, gates.mutable_data_ptr<float>());
    gates.sigmoid_();
    const auto* open = gates.const_data_ptr<float>();
    for (std::int64_t row = 0; row < rows; ++row) {
      const float* of_input = open + row * 2 * dim;
      const float* of_mean = of_input + dim;
      for (std::int64_t i = 0; i < dim; ++i) {
        float& value = out[row * dim + i];
        value = of_input[i] * inputs[row * dim + i] + of_mean[i] * value;
      }
    }
  }

  const PackedAverage& weights_;
  Tensor sums_;  // [rows, dim]; undefined before the first step
};

class Average final : public PackedSublayer {
 public:
  Average(const AverageOptions& options, const WeightPacker& weights)
      : weights_{.network = std::nullopt, .gates = std::nullopt, .norm = weights.norm("norm")} {
    if (options.ffn > 0) {
      weights_.network = PackedAverage::Network{weights.matrix("average.network.inner"),
                                                weights.matrix("average.network.outer")};
    }
    if (options.gate) weights_.gates = weights.matrix("average.gates");
  }
  std::unique_ptr<SublayerSteps> start(const PackedSource& /*source*/) const override {
    return std::make_unique<AverageSteps>(weights_);
  }

 private:
  PackedAverage weights_;
};

}  // namespace

PackedKind average() {
  return {"average", [](const SublayerOptions&, const std::string&, Obstacles&) {},
          [](const SublayerOptions& o, const WeightPacker& weights,
             std::int64_t) -> std::unique_ptr<const PackedSublayer> {
            return std::make_unique<Average>(*o.average, weights);
          }};
}

}  // namespace regard::packed_forms
