#include <algorithm>

#include "regard/engine/activation.h"

#include "engine/packed/kept_rows.h"
#include "engine/packed/packed_kinds.h"

namespace regard::packed_forms {
namespace {

/// The equations are in layers/functions/ssru.cpp.
struct PackedSsru {
  PackedMatrix forget;
  PackedMatrix input;
  PackedNorm norm;
};

/// Keeps the cell of each hypothesis, whose rows move with the hypotheses.
class SsruSteps final : public SublayerSteps {
 public:
  explicit SsruSteps(const PackedSsru& weights) : weights_(weights) {}

  void step(const StepInput& /*input*/, ResidualRows& x) override {
    const float* rows = x.input(weights_.norm);
    const std::int64_t size = x.rows() * x.dim();
    FloatBuffer gates(size);
    weights_.forget.multiply(rows, x.rows(), gates.data());
    apply_sigmoid(gates.data(), size);
    FloatBuffer y(size);
    weights_.input.multiply(rows, x.rows(), y.data());
    const float* gate = gates.data();
    float* cell = cells_.values(x.rows(), x.dim());
    float* out = y.data();
    for (std::int64_t i = 0; i < size; ++i) {
      cell[i] = gate[i] * cell[i] + (1.0F - gate[i]) * out[i];
      out[i] = std::max(cell[i], 0.0F);
    }
    x.add(out, weights_.norm);
  }

  void reorder(std::span<const std::int64_t> rows) override { cells_.reorder(rows); }

 private:
  const PackedSsru& weights_;
  KeptRows cells_;
};

class Ssru final : public PackedSublayer {
 public:
  explicit Ssru(const WeightPacker& weights)
      : weights_{weights.matrix("ssru.forget"), weights.matrix("ssru.input"),
                 weights.norm("norm")} {}
  std::unique_ptr<SublayerSteps> start(const PackedSource& /*source*/) const override {
    return std::make_unique<SsruSteps>(weights_);
  }

 private:
  PackedSsru weights_;
};

}  // namespace

PackedKind ssru() {
  return {"ssru",
          [](const SublayerPlan&, std::int64_t dim, ShapeList& shapes) {
            shapes.linear("ssru.forget", dim, dim, true);
            shapes.linear("ssru.input", dim, dim, false);
            shapes.norm("norm", dim);
          },
          [](const SublayerPlan&, const WeightPacker& weights, std::int64_t)
              -> std::unique_ptr<const PackedSublayer> { return std::make_unique<Ssru>(weights); }};
}

}  // namespace regard::packed_forms
