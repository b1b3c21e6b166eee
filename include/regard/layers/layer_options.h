#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/attention/attention_options.h"
#include "regard/config/describe.h"
#include "regard/engine/activation.h"
#include "regard/engine/positions.h"

namespace regard {

/// Where a sublayer is normalized: its input (pre), the sum after it (post), or nowhere.
enum class NormPlacement { pre, post, none };
REGARD_ENUM(NormPlacement, pre, post, none);

/// The same for one sublayer, which may leave it to its blocks.
enum class SublayerNorm { inherit, pre, post, none };
REGARD_ENUM(SublayerNorm, inherit, pre, post, none);

/// The placement that counts.
NormPlacement resolve(SublayerNorm own, NormPlacement of_blocks);

/// How a sublayer's output s meets its input.
enum class Combine {
  residual,  ///< input + s
  fusion,    ///< F * h + (1 - F) * s for what the function saw, h, and a gate F of both (DiSAN)
  replace,   ///< s alone; the only one where the width may change
};
REGARD_ENUM(Combine, residual, fusion, replace);

/// A linear map and its activation before a sublayer's function.
enum class PreDense { none, relu, elu };
REGARD_ENUM(PreDense, none, relu, elu);

/// The cell of a recurrent layer.
enum class CellKind { gru, lstm };
REGARD_ENUM(CellKind, gru, lstm);

/// How the two directions of a recurrent layer become one vector.
enum class DirectionMerge { concat, sum };
REGARD_ENUM(DirectionMerge, concat, sum);

struct RnnOptions {
  using Self = RnnOptions;
  CellKind cell = CellKind::gru;
  std::int64_t hidden = 0;
  bool bidirectional = false;
  DirectionMerge merge = DirectionMerge::concat;

  static void describe(auto&& field) {
    REGARD_FIELD(cell, "Type of the recurrent cell.");
    REGARD_FIELD(hidden, "Width of the hidden state per direction; 0 = the width of the input.",
                 config::between(0, 65536));
    REGARD_FIELD(bidirectional, "Read the sequence in both directions; encoders only.");
    REGARD_FIELD(merge, "How the two directions are combined; concat doubles the width.");
  }
};
REGARD_DESCRIBED(RnnOptions);

struct ConvOptions {
  using Self = ConvOptions;
  std::vector<std::int64_t> kernels = {3};
  std::int64_t hidden = 0;
  bool glu = false;
  bool causal = false;

  static void describe(auto&& field) {
    REGARD_FIELD(kernels, "Kernel widths of the successive convolutions; odd unless causal.",
                 config::min_items(1));
    REGARD_FIELD(hidden, "Width between the convolutions; 0 = the width of the input.",
                 config::between(0, 65536));
    REGARD_FIELD(
        glu, "Gated linear units after each convolution (Dauphin et al. 2017) instead of ReLU.");
    REGARD_FIELD(causal, "Use no later positions; required in decoders.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(ConvOptions);

struct FeedForwardOptions {
  using Self = FeedForwardOptions;
  std::int64_t hidden = 0;
  Activation activation = Activation::relu;
  bool gated = false;
  bool bias = true;

  static void describe(auto&& field) {
    REGARD_FIELD(hidden, "Width between the two linear layers; 0 = 4 times the width of the input.",
                 config::at_least(0));
    REGARD_FIELD(activation, "Activation function between the two linear layers.");
    REGARD_FIELD(gated,
                 "Multiply the activation by a second linear layer of the input: ReGLU, GEGLU, "
                 "SwiGLU (Shazeer 2020).");
    REGARD_FIELD(bias, "Whether the linear layers have a bias.");
  }
};
REGARD_DESCRIBED(FeedForwardOptions);

/// The width that counts in a network whose input is so wide.
std::int64_t inner_width(const FeedForwardOptions& options, std::int64_t dim);

struct AverageOptions {
  using Self = AverageOptions;
  std::int64_t ffn = 0;
  bool gate = true;

  static void describe(auto&& field) {
    REGARD_FIELD(ffn,
                 "Inner width of a feed-forward network (ReLU) that the mean passes through; 0 = "
                 "no network.",
                 config::between(0, 65536));
    REGARD_FIELD(gate, "Gates that weigh the input and the mean; without them, the mean alone.");
  }
};
REGARD_DESCRIBED(AverageOptions);

/// A recurrence without choices.
struct SsruOptions {
  using Self = SsruOptions;
  static void describe(auto&&) {}
};
REGARD_DESCRIBED(SsruOptions);

/// One sublayer: exactly one of its kinds, and how it sits in the block.
struct SublayerOptions {
  using Self = SublayerOptions;
  std::optional<AttentionOptions> self_attention;
  std::optional<AttentionOptions> cross_attention;
  std::optional<RnnOptions> rnn;
  std::optional<ConvOptions> conv;
  std::optional<FeedForwardOptions> ffn;
  std::optional<AverageOptions> average;
  std::optional<SsruOptions> ssru;
  PreDense pre_dense = PreDense::none;
  Combine combine = Combine::residual;
  SublayerNorm norm = SublayerNorm::inherit;

  static void describe(auto&& field) {
    REGARD_FIELD(self_attention, "Attention of the sequence over itself.");
    REGARD_FIELD(cross_attention, "Attention over the encoder's output; decoders only.");
    REGARD_FIELD(rnn, "Recurrent layer.");
    REGARD_FIELD(conv, "Convolutions over the positions.");
    REGARD_FIELD(ffn, "Position-wise feed-forward network.");
    REGARD_FIELD(
        average,
        "Average attention: the mean of the positions up to this one (Zhang et al. 2018).");
    REGARD_FIELD(ssru,
                 "Simpler simple recurrent unit: a gated mean of the positions up to this one, "
                 "cheaper than attention (Kim et al. 2019); written ssru: {}.");
    REGARD_FIELD(pre_dense, "A linear layer with this activation before the sublayer's function.");
    REGARD_FIELD(combine,
                 "residual = input + output; fusion = gated mixture of both (Shen et al. 2018); "
                 "replace = the output alone, which may have a different width.");
    REGARD_FIELD(
        norm,
        "Placement of layer normalization in this sublayer; inherit = the setting of its blocks.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(SublayerOptions);

/// Rules of an attention over another sequence, where places in one's own mean nothing. `path`
/// leads to it.
void check_cross_attention(const AttentionOptions& attention, const std::string& path,
                           config::Checks& checks);

/// A stack of `repeat` equal blocks.
struct BlocksOptions {
  using Self = BlocksOptions;
  std::int64_t repeat = 1;
  NormPlacement norm = NormPlacement::pre;
  std::vector<SublayerOptions> sublayers;

  static void describe(auto&& field) {
    REGARD_FIELD(repeat, "How many times the block is repeated, each time with its own weights.",
                 config::between(1, 256));
    REGARD_FIELD(norm,
                 "Placement of layer normalization in the sublayers; pre adds one more after the "
                 "last block.");
    REGARD_FIELD(sublayers, "The sublayers of one block, in order.", config::min_items(1));
  }
};
REGARD_DESCRIBED(BlocksOptions);

/// Widths that a sublayer works with.
struct SublayerWidths {
  std::int64_t in = 0;
  std::int64_t source = 0;  ///< of the encoder's output; 0 in an encoder
};

/// Width of a sublayer's output.
std::int64_t output_width(const SublayerOptions& options, const SublayerWidths& widths);
/// Output width of a stack of blocks.
std::int64_t output_width(const BlocksOptions& options, const SublayerWidths& widths);

/// Fills in what the blocks leave open: heads and projections of attentions, inner widths (unless
/// the repeated blocks have different ones). `widths` are those in front of the first block.
BlocksOptions resolved(BlocksOptions options, const SublayerWidths& widths);

/// Rules between a stack of blocks and the widths around it. `path` begins the paths of failures.
void check_widths(const BlocksOptions& options, SublayerWidths widths, const std::string& path,
                  config::Checks& checks);

struct DropoutOptions {
  using Self = DropoutOptions;
  double residual = 0.1;
  double embedding = 0.1;
  double attention = 0.0;
  double feed_forward = 0.0;

  static void describe(auto&& field) {
    REGARD_FIELD(residual, "On each sublayer's output, before the residual connection; 0 = none.",
                 config::between(0.0, 0.95));
    REGARD_FIELD(embedding, "On the sum of embeddings and positions; 0 = none.",
                 config::between(0.0, 0.95));
    REGARD_FIELD(attention, "On attention weights; 0 = none.", config::between(0.0, 0.95));
    REGARD_FIELD(feed_forward, "Inside the feed-forward network, after the activation; 0 = none.",
                 config::between(0.0, 0.95));
  }
};
REGARD_DESCRIBED(DropoutOptions);

}  // namespace regard
