#pragma once

#include <torch/types.h>

#include "regard/attention/attention_options.h"

namespace regard {

/// What the draws of a batch learn from: a value for each target token.
struct PolicyInput {
  torch::Tensor log_probability;  ///< [tokens] of the drawn keys, 0 where none was drawn
  torch::Tensor entropy;          ///< [tokens] of the distributions
  torch::Tensor reward;           ///< [tokens] log probability of the token, without gradient
};

/// REINFORCE (Williams 1992) for hard attention, Xu et al. 2015, eq. 13, as a loss summed over the
/// tokens: - sum of reward_weight (r - b) log p(draw) + entropy_weight H. The reward r of a draw is
/// the log probability of its own token, not of the whole sentence. `baseline` [2], double, holds
/// the decayed sum of earlier mean rewards and of their weights, and is brought up to date; b is
/// their mean, at first that of this batch.
torch::Tensor policy_loss(const PolicyInput& input, const HardOptions& options,
                          torch::Tensor& baseline);

}  // namespace regard
