#include "regard/attention/masks.h"
#include "regard/attention/strategies.h"

namespace regard::attention {
namespace {

/// weights = softmax over the keys that may be attended to: global soft attention.
class Softmax final : public Align {
 public:
  Alignment align(const AlignInput& input) const override {
    return {masked_softmax(input.scores, input.allowed), {}};
  }
  bool is_softmax() const override { return true; }
};

}  // namespace

std::shared_ptr<Align> make_softmax(const AttentionOptions&, const StrategySizes&) {
  return std::make_shared<Softmax>();
}

}  // namespace regard::attention
