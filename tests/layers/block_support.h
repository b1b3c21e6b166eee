#pragma once

#include <cstdint>
#include <string>

#include "regard/layers/sublayer.h"

#include "support/tensor_near.h"

namespace regard::test {

constexpr std::int64_t kDim = 8;
constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kHidden = 12;

inline SublayerOptions self_attention_options(AttentionMask mask = AttentionMask::none) {
  SublayerOptions options;
  options.self_attention.emplace();
  options.self_attention->heads = kHeads;
  options.self_attention->mask = mask;
  return options;
}

inline SublayerOptions cross_attention_options() {
  SublayerOptions options;
  options.cross_attention.emplace();
  options.cross_attention->heads = kHeads;
  return options;
}

inline SublayerOptions feed_forward_options() {
  SublayerOptions options;
  options.ffn.emplace();
  options.ffn->hidden = kHidden;
  return options;
}

inline BlocksOptions encoder_blocks(std::int64_t repeat, NormPlacement norm) {
  return {repeat, norm, {self_attention_options(), feed_forward_options()}};
}

inline BlocksOptions decoder_blocks(std::int64_t repeat, NormPlacement norm) {
  return {repeat,
          norm,
          {self_attention_options(AttentionMask::causal), cross_attention_options(),
           feed_forward_options()}};
}

/// `source_dim`: width of the encoder output, 0 in an encoder. Nothing is dropped.
inline SublayerSizes sizes_of(std::int64_t source_dim) {
  SublayerSizes sizes;
  sizes.widths.in = kDim;
  sizes.widths.source = source_dim;
  sizes.dropout = DropoutOptions{0.0, 0.0, 0.0, 0.0};
  return sizes;
}

/// A stack in float64 whose parameters are all drawn at random.
inline BlockStack random_stack(const BlocksOptions& options, std::int64_t source_dim,
                               const std::string& name) {
  BlockStack stack(options, sizes_of(source_dim), name);
  randomise_parameters(*stack, 1);
  return stack;
}

}  // namespace regard::test
