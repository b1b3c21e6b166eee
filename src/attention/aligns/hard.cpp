#include "regard/attention/masks.h"
#include "regard/attention/strategies.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

using torch::Tensor;

/// 1 at the largest weight of each row, 0 elsewhere; rows of zeros stay.
Tensor one_key(const Tensor& weights) {
  const Tensor best = weights.argmax(-1, /*keepdim=*/true);
  return at::zeros_like(weights).scatter(-1, best, 1.0) * (weights.sum(-1, true) > 0);
}

at::Generator generator_of(const Tensor& like, RandomStream& random) {
  at::Generator generator = at::globalContext().defaultGenerator(like.device()).clone();
  generator.set_current_seed(random.next());
  return generator;
}

/// Gumbel(0, 1) noise from one number of the stream, at least in float32: of bfloat16 numbers many
/// would be equal, and the first of them would win too often.
Tensor gumbel_like(const Tensor& scores, RandomStream& random) {
  const auto type = scores.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  // A number that rounds to 1 would give infinity.
  const Tensor uniform = at::empty_like(scores, scores.options().dtype(type))
                             .uniform_(1e-9, 1.0, generator_of(scores, random))
                             .clamp_max(1.0 - 1e-7);
  return -at::log(-at::log(uniform));
}

/// One key, or a few, instead of a mixture of all.
///   sample     training draws one key with the softmax's probabilities, which learn from the
///              reward of the draw (Xu et al. 2015, section 4.1); later the most probable
///   gumbel     training draws one key the same way and lets gradients through as if it had mixed
///              (straight-through; Jang et al. 2017); later the most probable
///   threshold  weights below the threshold become 0, the largest stays; normalized again
class Hard final : public Align {
 public:
  explicit Hard(const HardOptions& options) : options_(options) {}

  Alignment align(const AlignInput& input) const override {
    const bool is_threshold = options_.select == HardSelection::threshold;
    if (is_threshold) return {above_threshold(input), {}};
    if (input.random == nullptr) return {chosen(input), {}};
    return options_.select == HardSelection::sample ? draw(input) : straight_through(input);
  }

 private:
  Tensor above_threshold(const AlignInput& input) const {
    const Tensor weights = masked_softmax(input.scores, input.allowed);
    const Tensor bound = weights.amax(-1, /*keepdim=*/true).clamp_max(options_.threshold);
    const Tensor kept = weights * (weights >= bound);
    return kept / kept.sum(-1, true).clamp_min(1e-30);
  }

  Tensor chosen(const AlignInput& input) const {
    const Tensor weights = masked_softmax(input.scores, input.allowed);
    return options_.inference == HardInference::expected ? weights : one_key(weights);
  }

  Alignment straight_through(const AlignInput& input) const {
    const Tensor noisy = input.scores + gumbel_like(input.scores, *input.random);
    const Tensor soft = masked_softmax(noisy / options_.temperature, input.allowed);
    return {one_key(soft) + soft - soft.detach(), {}};
  }

  /// Each query of the one head draws a key, or with probability mix_soft mixes all. The draw has
  /// no gradient; its log probability has.
  Alignment draw(const AlignInput& input) const {
    const Tensor weights = masked_softmax(input.scores, input.allowed);  // [B, 1, T, S]
    const Tensor noisy = input.scores.detach() + gumbel_like(input.scores, *input.random);
    const Tensor drawn = one_key(masked_softmax(noisy, input.allowed));
    Tensor is_drawn = at::empty_like(weights.select(-1, 0));  // [B, 1, T]
    is_drawn.uniform_(0.0, 1.0, generator_of(weights, *input.random));
    is_drawn = is_drawn.ge(options_.mix_soft).to(weights.scalar_type());
    const Tensor log_weights = weights.clamp_min(1e-30).log();
    Alignment result;
    result.weights = at::where(is_drawn.unsqueeze(-1).to(at::kBool), drawn, weights);
    result.extras.log_probability = ((log_weights * drawn).sum(-1) * is_drawn).squeeze(1);
    result.extras.entropy = -(weights * log_weights).sum(-1).squeeze(1);
    return result;
  }

  HardOptions options_;
};

}  // namespace

std::shared_ptr<Align> make_hard(const AttentionOptions& options, const StrategySizes&) {
  return std::make_shared<Hard>(options.hard);
}

}  // namespace regard::attention
