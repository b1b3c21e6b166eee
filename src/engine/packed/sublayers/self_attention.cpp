#include "regard/engine/attend_row.h"
#include "regard/engine/parallel.h"

#include "engine/packed/packed_attention.h"
#include "engine/packed/packed_kinds.h"

namespace regard::packed_forms {
namespace {

/// A step computes keys and values of each row once, and never moves them: which of them belong to
/// a hypothesis stands in its past.
class SelfAttentionSteps final : public SublayerSteps {
 public:
  explicit SelfAttentionSteps(const PackedAttention& weights) : weights_(weights) {}

  void step(const StepInput& input, ResidualRows& x) override {
    const std::int64_t dim = x.dim();
    const float* rows = x.input(weights_.norm);
    FloatBuffer query(x.rows() * dim);
    weights_.query.multiply(rows, x.rows(), query.data());
    FloatBuffer& keys = cache_.emplace_back(x.rows() * 2 * dim);
    weights_.key_value.multiply(rows, x.rows(), keys.data());
    FloatBuffer context(x.rows() * dim);
    attend(query.data(), input.hypotheses, dim, context.data());
    x.add(weights_.out, context.data(), weights_.norm);
  }

 private:
  /// query [rows, dim] -> context [rows, dim].
  void attend(const float* query, const Hypotheses& hypotheses, std::int64_t dim,
              float* context) const {
    std::vector<const float*> steps;
    for (const FloatBuffer& step : cache_)
      steps.push_back(step.data());
    parallel_for(0, hypotheses.rows(), kRowsOfAThread, [&](std::int64_t begin, std::int64_t end) {
      std::vector<const float*> keys(steps.size());
      std::vector<float> space(static_cast<std::size_t>(attend_space(std::ssize(keys))));
      for (std::int64_t row = begin; row < end; ++row) {
        const auto& past = hypotheses.past[static_cast<std::size_t>(row)];
        for (std::size_t t = 0; t < steps.size(); ++t)
          keys[t] = steps[t] + past[t] * 2 * dim;
        attend_row(query + row * dim, {keys.data(), std::ssize(keys), dim}, weights_.heads,
                   space.data(), context + row * dim);
      }
    });
  }

  const PackedAttention& weights_;
  std::vector<FloatBuffer> cache_;  // of each step so far [rows of that step, 2 dim]
};

class SelfAttention final : public PackedSublayer {
 public:
  explicit SelfAttention(PackedAttention weights) : weights_(std::move(weights)) {}
  std::unique_ptr<SublayerSteps> start(const PackedSource& /*source*/) const override {
    return std::make_unique<SelfAttentionSteps>(weights_);
  }

 private:
  PackedAttention weights_;
};

}  // namespace

PackedKind self_attention() {
  return {"self_attention", add_attention_shapes,
          [](const SublayerPlan& plan, const WeightPacker& weights,
             std::int64_t dim) -> std::unique_ptr<const PackedSublayer> {
            return std::make_unique<SelfAttention>(pack_attention(plan, weights, dim));
          }};
}

}  // namespace regard::packed_forms
