#include <torch/torch.h>

#include "regard/attention/masks.h"
#include "regard/attention/strategies.h"

namespace regard::attention {
namespace {

using torch::Tensor;

/// 1 at the largest weight of each row, 0 elsewhere; rows of zeros stay.
Tensor one_key(const Tensor& weights) {
  const Tensor best = weights.argmax(-1, /*keepdim=*/true);
  return at::zeros_like(weights).scatter(-1, best, 1.0) * (weights.sum(-1, true) > 0);
}

/// Gumbel(0, 1) noise from one number of the stream.
Tensor gumbel_like(const Tensor& scores, RandomStream& random) {
  at::Generator generator = at::globalContext().defaultGenerator(scores.device()).clone();
  generator.set_current_seed(random.next());
  // A number that rounds to 1 would give infinity.
  const Tensor uniform =
      at::empty_like(scores).uniform_(1e-9, 1.0, generator).clamp_max(1.0 - 1e-7);
  return -at::log(-at::log(uniform));
}

/// One key, or a few, instead of a mixture of all.
///   gumbel     training draws one key with the softmax's probabilities and lets gradients through
///              as if it had mixed (straight-through; Jang et al. 2017); later the most probable
///   threshold  weights below the threshold become 0, the largest stays; normalised again
class Hard final : public Align {
 public:
  explicit Hard(const HardOptions& options) : options_(options) {}

  Alignment align(const AlignInput& input) const override {
    if (options_.select == HardSelection::threshold) return {above_threshold(input), {}};
    if (input.random == nullptr) {
      const Tensor weights = masked_softmax(input.scores, input.allowed);
      return {options_.inference == HardInference::expected ? weights : one_key(weights), {}};
    }
    const Tensor noisy = (input.scores + gumbel_like(input.scores, *input.random));
    const Tensor soft = masked_softmax(noisy / options_.temperature, input.allowed);
    return {one_key(soft) + soft - soft.detach(), {}};
  }

 private:
  Tensor above_threshold(const AlignInput& input) const {
    const Tensor weights = masked_softmax(input.scores, input.allowed);
    const Tensor bound = weights.amax(-1, /*keepdim=*/true).clamp_max(options_.threshold);
    const Tensor kept = weights * (weights >= bound);
    return kept / kept.sum(-1, true).clamp_min(1e-30);
  }

  HardOptions options_;
};

}  // namespace

Spec<Align> hard_spec() {
  return {"hard", "one key, drawn or chosen with the softmax's probabilities",
          [](const AttentionOptions& options, std::int64_t) {
            return std::make_shared<Hard>(options.hard);
          }};
}

}  // namespace regard::attention
