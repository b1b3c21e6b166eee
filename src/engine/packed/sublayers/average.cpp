#include <algorithm>
#include <optional>

#include "engine/packed/kept_rows.h"
#include "engine/packed/packed_kinds.h"

namespace regard::packed_forms {
namespace {

/// The equations are in layers/functions/average.cpp.
struct PackedAverage {
  struct Network {
    PackedMatrix inner;
    PackedMatrix outer;
  };
  std::optional<Network> network;
  std::optional<PackedMatrix> gates;
  PackedNorm norm;
};

/// Keeps the sum of each hypothesis's inputs, whose rows move with the hypotheses.
class AverageSteps final : public SublayerSteps {
 public:
  explicit AverageSteps(const PackedAverage& weights) : weights_(weights) {}

  void step(const StepInput& input, ResidualRows& x) override {
    const float* rows = x.input(weights_.norm);
    FloatBuffer y = mean_with(rows, x, static_cast<float>(input.hypotheses.steps()));
    if (weights_.network) y = network_of(y, x.rows());
    if (weights_.gates) gate(rows, x.rows(), x.dim(), y.data());
    x.add(y.data(), weights_.norm);
  }

  void reorder(std::span<const std::int64_t> rows) override { sums_.reorder(rows); }

 private:
  /// Takes the inputs [rows, dim] of x in; the mean of all `count` so far [rows, dim].
  FloatBuffer mean_with(const float* inputs, const ResidualRows& x, float count) {
    const std::int64_t size = x.rows() * x.dim();
    FloatBuffer mean(size);
    float* sum = sums_.values(x.rows(), x.dim());
    float* out = mean.data();
    for (std::int64_t i = 0; i < size; ++i) {
      sum[i] += inputs[i];
      out[i] = sum[i] / count;
    }
    return mean;
  }

  FloatBuffer network_of(const FloatBuffer& mean, std::int64_t rows) const {
    FloatBuffer hidden(rows * weights_.network->inner.out());
    weights_.network->inner.multiply(mean.data(), rows, hidden.data(), {.has_relu = true});
    FloatBuffer y(mean.size());
    weights_.network->outer.multiply(hidden.data(), rows, y.data());
    return y;
  }

  /// out [rows, dim] becomes i * inputs + f * out.
  void gate(const float* inputs, std::int64_t rows, std::int64_t dim, float* out) const {
    FloatBuffer joined(rows * 2 * dim);
    float* both = joined.data();
    for (std::int64_t row = 0; row < rows; ++row) {
      std::copy_n(inputs + row * dim, dim, both + row * 2 * dim);
      std::copy_n(out + row * dim, dim, both + row * 2 * dim + dim);
    }
    FloatBuffer gates(rows * 2 * dim);
    weights_.gates->multiply(both, rows, gates.data());
    apply_sigmoid(gates.data(), gates.size());
    for (std::int64_t row = 0; row < rows; ++row) {
      const float* of_input = gates.data() + row * 2 * dim;
      const float* of_mean = of_input + dim;
      for (std::int64_t i = 0; i < dim; ++i) {
        float& value = out[row * dim + i];
        value = of_input[i] * inputs[row * dim + i] + of_mean[i] * value;
      }
    }
  }

  const PackedAverage& weights_;
  KeptRows sums_;
};

class Average final : public PackedSublayer {
 public:
  Average(const SublayerPlan& plan, const WeightPacker& weights)
      : weights_{.network = std::nullopt, .gates = std::nullopt, .norm = weights.norm("norm")} {
    if (plan.hidden > 0) {
      weights_.network = PackedAverage::Network{weights.matrix("average.network.inner"),
                                                weights.matrix("average.network.outer")};
    }
    if (plan.is_gated) weights_.gates = weights.matrix("average.gates");
  }
  std::unique_ptr<SublayerSteps> start(const PackedSource& /*source*/) const override {
    return std::make_unique<AverageSteps>(weights_);
  }

 private:
  PackedAverage weights_;
};

}  // namespace

PackedKind average() {
  return {"average",
          [](const SublayerPlan& plan, std::int64_t dim, ShapeList& shapes) {
            if (plan.hidden > 0) {
              shapes.linear("average.network.inner", plan.hidden, dim, true);
              shapes.linear("average.network.outer", dim, plan.hidden, true);
            }
            if (plan.is_gated) shapes.linear("average.gates", 2 * dim, 2 * dim, true);
            shapes.norm("norm", dim);
          },
          [](const SublayerPlan& plan, const WeightPacker& weights,
             std::int64_t) -> std::unique_ptr<const PackedSublayer> {
            return std::make_unique<Average>(plan, weights);
          }};
}

}  // namespace regard::packed_forms
