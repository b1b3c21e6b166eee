#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/attention/attention_options.h"
#include "regard/config/describe.h"

namespace regard {

/// Where a sublayer is normalised: its input (pre), the sum after it (post), or nowhere.
enum class NormPlacement { pre, post, none };
REGARD_ENUM(NormPlacement, pre, post, none);

/// The same for one sublayer, which may leave it to its blocks.
enum class SublayerNorm { inherit, pre, post, none };
REGARD_ENUM(SublayerNorm, inherit, pre, post, none);

/// The placement that counts.
NormPlacement resolve(SublayerNorm own, NormPlacement of_blocks);

/// The function between the two linear maps of a feed-forward sublayer.
enum class Activation { relu, gelu, silu };
REGARD_ENUM(Activation, relu, gelu, silu);

/// How a sublayer's output meets its input.
enum class Combine { residual };
REGARD_ENUM(Combine, residual);

struct FeedForwardOptions {
  using Self = FeedForwardOptions;
  std::int64_t hidden = 2048;
  Activation activation = Activation::relu;
  bool gated = false;
  bool bias = true;

  static void describe(auto&& field) {
    REGARD_FIELD(hidden, "Width between the two linear maps.", config::at_least(1));
    REGARD_FIELD(activation, "Function between the two linear maps.");
    REGARD_FIELD(
        gated,
        "Multiply the activation by a second linear map of the input: ReGLU, GEGLU, SwiGLU "
        "(Shazeer 2020).");
    REGARD_FIELD(bias, "Whether the linear maps have a bias.");
  }
};
REGARD_DESCRIBED(FeedForwardOptions);

/// One sublayer: exactly one of its kinds, and how it sits in the block.
struct SublayerOptions {
  using Self = SublayerOptions;
  std::optional<AttentionOptions> self_attention;
  std::optional<AttentionOptions> cross_attention;
  std::optional<FeedForwardOptions> ffn;
  Combine combine = Combine::residual;
  SublayerNorm norm = SublayerNorm::inherit;

  static void describe(auto&& field) {
    REGARD_FIELD(self_attention, "Attention of the sequence over itself.");
    REGARD_FIELD(cross_attention, "Attention over the encoder's output; decoders only.");
    REGARD_FIELD(ffn, "Position-wise feed-forward network.");
    REGARD_FIELD(combine, "How the sublayer's output meets its input.");
    REGARD_FIELD(norm, "Where this sublayer is normalised; inherit = as its blocks.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(SublayerOptions);

/// A stack of `repeat` equal blocks.
struct BlocksOptions {
  using Self = BlocksOptions;
  std::int64_t repeat = 1;
  NormPlacement norm = NormPlacement::pre;
  std::vector<SublayerOptions> sublayers;

  static void describe(auto&& field) {
    REGARD_FIELD(repeat, "How many times the block is stacked, each with weights of its own.",
                 config::between(1, 256));
    REGARD_FIELD(norm,
                 "Where the sublayers are normalised; pre adds one norm after the last block.");
    REGARD_FIELD(sublayers, "The sublayers of one block, in order.", config::min_items(1));
  }
};
REGARD_DESCRIBED(BlocksOptions);

struct DropoutOptions {
  using Self = DropoutOptions;
  double residual = 0.1;
  double embedding = 0.1;
  double attention = 0.0;
  double feed_forward = 0.0;

  static void describe(auto&& field) {
    REGARD_FIELD(residual, "On each sublayer's output before it is added; 0 = none.",
                 config::between(0.0, 0.95));
    REGARD_FIELD(embedding, "On embeddings plus positions; 0 = none.", config::between(0.0, 0.95));
    REGARD_FIELD(attention, "On attention weights; above 0 the fused attention kernel is not used.",
                 config::between(0.0, 0.95));
    REGARD_FIELD(feed_forward, "Inside the feed-forward network, after the activation; 0 = none.",
                 config::between(0.0, 0.95));
  }
};
REGARD_DESCRIBED(DropoutOptions);

/// How positions enter the embeddings.
enum class PositionKind { sinusoidal, sinusoidal_halves, timing, learned, none };
REGARD_ENUM(PositionKind, sinusoidal, sinusoidal_halves, timing, learned, none);

}  // namespace regard
