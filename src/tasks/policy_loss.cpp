#include "regard/tasks/policy_loss.h"

#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

Tensor policy_loss(const PolicyInput& input, const HardOptions& options, Tensor& baseline) {
  const Tensor mean = input.reward.mean().to(baseline.options());
  const Tensor earlier = at::where(baseline[1] > 0, baseline[0] / baseline[1], mean);
  const Tensor advantage = (input.reward - earlier).to(input.log_probability.scalar_type());
  // An update whose loss is not finite is left out, and must not spoil the baseline either.
  const Tensor one = at::ones_like(mean);
  const Tensor grown =
      options.baseline_decay * baseline + (1.0 - options.baseline_decay) * at::stack({mean, one});
  baseline.copy_(at::where(at::isfinite(mean), grown, baseline));
  return -(options.reward * (advantage * input.log_probability).sum() +
           options.entropy * input.entropy.sum());
}

}  // namespace regard
