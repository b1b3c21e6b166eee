#pragma once

#include <utility>

#include <torch/types.h>

namespace regard {

/// Sums over the target tokens.
struct Loss {
  torch::Tensor smoothed;  ///< [] with gradient: cross-entropy against the smoothed targets
  torch::Tensor negative_log_likelihood;  ///< [] without gradient or smoothing, for perplexity
  torch::Tensor of_tokens;                ///< [tokens] the parts of that sum
};

/// What turns hidden states into logits: hidden . weight^T + bias.
struct OutputLayer {
  torch::Tensor weight;  ///< [V, dim]
  torch::Tensor bias;    ///< [V]; undefined = none

  OutputLayer(torch::Tensor matrix, torch::Tensor added = {})  // NOLINT: mostly the matrix is all
      : weight(std::move(matrix)), bias(std::move(added)) {}
};

/// Cross-entropy of the softmax of the logits with label smoothing (Szegedy et al. 2016, section
/// 7): the target distribution is 1 - epsilon on the target plus epsilon / V on each of the V
/// classes.
///   hidden [tokens, dim], targets [tokens] (int64)
///
/// The logits exist for a slice of the tokens at a time, and their gradient is computed in place in
/// the same pass: no [tokens, V] tensor, no second softmax. Gradients can be asked for once.
Loss smoothed_cross_entropy(const torch::Tensor& hidden, const OutputLayer& output,
                            const torch::Tensor& targets, double epsilon);

}  // namespace regard
