#pragma once

#include <torch/types.h>

#include "regard/attention/attention_options.h"

namespace regard {

/// Where the sequences of a batch end. Made once per batch from the lengths, never from ids or
/// activations.
struct SequenceMask {
  torch::Tensor lengths;  ///< [batch], int64
  torch::Tensor allowed;  ///< [batch, 1, 1, positions], bool, true = real token; undefined when
                          ///< nothing is padded
};

/// `lengths` [batch] on any device, `positions` the padded length.
SequenceMask make_sequence_mask(const torch::Tensor& lengths, std::int64_t positions);

/// [1, 1, queries, keys], true = may attend, or undefined for AttentionMask::none. The first query
/// stands at position `first_query`, the first key at 0.
torch::Tensor structural_mask(AttentionMask mask, std::int64_t queries, std::int64_t keys,
                              std::int64_t first_query, const torch::Device& device);

/// Both must allow; an undefined mask allows everything.
torch::Tensor combine_masks(const torch::Tensor& a, const torch::Tensor& b);

/// Softmax over the last axis where `allowed`; 0 elsewhere, and 0 (with zero gradient) in rows that
/// may attend to nothing, where a plain softmax gives NaN.
torch::Tensor masked_softmax(const torch::Tensor& scores, const torch::Tensor& allowed);

}  // namespace regard
