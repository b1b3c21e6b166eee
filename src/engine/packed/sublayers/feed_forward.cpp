#include "engine/packed/packed_feed_forward.h"
#include "engine/packed/packed_kinds.h"

namespace regard::packed_forms {
namespace {

class FeedForwardSteps final : public SublayerSteps {
 public:
  explicit FeedForwardSteps(const PackedFeedForward& network) : network_(network) {}
  void step(const StepInput& /*input*/, ResidualRows& x) override { network_.add_to(x); }

 private:
  const PackedFeedForward& network_;
};

class PositionWise final : public PackedSublayer {
 public:
  PositionWise(const SublayerPlan& plan, const WeightPacker& weights) : network_(plan, weights) {}
  std::unique_ptr<SublayerSteps> start(const PackedSource& /*source*/) const override {
    return std::make_unique<FeedForwardSteps>(network_);
  }

 private:
  PackedFeedForward network_;
};

}  // namespace

PackedKind ffn() {
  return {"ffn",
          [](const SublayerPlan& plan, std::int64_t dim, ShapeList& shapes) {
            const std::int64_t inner = plan.is_gated ? 2 * plan.hidden : plan.hidden;
            shapes.linear("network.inner", inner, dim, plan.has_bias);
            shapes.linear("network.outer", dim, plan.hidden, plan.has_bias);
            shapes.norm("norm", dim);
          },
          [](const SublayerPlan& plan, const WeightPacker& weights,
             std::int64_t) -> std::unique_ptr<const PackedSublayer> {
            return std::make_unique<PositionWise>(plan, weights);
          }};
}

}  // namespace regard::packed_forms
