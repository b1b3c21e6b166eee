#include "decode/fast/packed_feed_forward.h"
#include "decode/fast/packed_kinds.h"

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
  PositionWise(const FeedForwardOptions& options, const WeightPacker& weights)
      : network_(options, weights) {}
  std::unique_ptr<SublayerSteps> start(const PackedSource& /*source*/) const override {
    return std::make_unique<FeedForwardSteps>(network_);
  }

 private:
  PackedFeedForward network_;
};

}  // namespace

PackedKind ffn() {
  return {"ffn", [](const SublayerOptions&, const std::string&, Obstacles&) {},
          [](const SublayerOptions& o, const WeightPacker& weights,
             std::int64_t) -> std::unique_ptr<const PackedSublayer> {
            return std::make_unique<PositionWise>(*o.ffn, weights);
          }};
}

}  // namespace regard::packed_forms
