#pragma once

#include <torch/types.h>

#include "regard/attention/attention_options.h"

namespace regard {

/// Where the sequences of a batch end. Made once per batch from the lengths, never from ids or
/// activations.
struct SequenceMask {
  torch::Tensor lengths;      ///< [batch], int64
  torch::Tensor allowed;      ///< [batch, 1, 1, positions], bool, true = real token; undefined when
                              ///< nothing is padded
  torch::Tensor places = {};  ///< [tokens] int64: the real tokens among [batch * positions], where
                              ///< known
  bool is_packed = false;     ///< the sequences are one row of real tokens, [1, tokens, dim], until
                              ///< an attention spreads them to [batch, positions, dim]
  std::int64_t positions = 0;  ///< padded length
};

/// `lengths` [batch] on any device, `positions` the padded length, `places` [tokens] as in
/// SequenceMask; without it, a device is waited for.
SequenceMask make_sequence_mask(const torch::Tensor& lengths, std::int64_t positions,
                                const torch::Tensor& places = {});

/// x [1, tokens, width] of packed sequences -> [batch, positions, width], 0 in the padding; and
/// back. Sequences that are not packed stay as they are.
torch::Tensor spread(const torch::Tensor& x, const SequenceMask& mask);
torch::Tensor packed(const torch::Tensor& x, const SequenceMask& mask);

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
