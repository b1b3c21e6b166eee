#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/config/describe.h"
#include "regard/layers/layer_options.h"
#include "regard/model/head_options.h"

namespace regard {

/// Short names for the usual sizes; `custom` = the full form is given.
enum class Preset {
  custom,
  transformer_tiny,
  transformer_small,
  transformer_base,
  transformer_big
};
REGARD_ENUM(Preset, custom, transformer_tiny, transformer_small, transformer_base, transformer_big);

/// Which of the embeddings and the output matrix are tied.
enum class Tie {
  none,     ///< source, target and output are three
  decoder,  ///< target embedding and output are one
  all,      ///< all three are one; needs a shared vocabulary
};
REGARD_ENUM(Tie, none, decoder, all);

/// One of several stacks of blocks that read the same input.
struct BranchOptions {
  using Self = BranchOptions;
  BlocksOptions blocks;

  static void describe(auto&& field) { REGARD_FIELD(blocks, "The blocks of this branch."); }
};
REGARD_DESCRIBED(BranchOptions);

struct LevelOptions {
  using Self = LevelOptions;
  std::optional<BlocksOptions> blocks;
  std::vector<BranchOptions> branches;

  static void describe(auto&& field) {
    REGARD_FIELD(blocks, "The blocks of this level.");
    REGARD_FIELD(branches,
                 "Alternative to blocks: parallel stacks, whose outputs are concatenated.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(LevelOptions);

struct EncoderOptions {
  using Self = EncoderOptions;
  std::optional<BlocksOptions> blocks;
  std::vector<LevelOptions> levels;

  static void describe(auto&& field) {
    REGARD_FIELD(blocks, "The encoder's blocks.");
    REGARD_FIELD(levels, "The long form of blocks: one level, which may have branches.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(EncoderOptions);

/// The stacks of blocks side by side in a checked encoder, usually one.
std::vector<BlocksOptions> branches_of(const EncoderOptions& encoder);

/// How a decoder works through the target.
enum class DecoderKind {
  blocks,  ///< blocks of sublayers, all positions at once in training
  rnn,     ///< a recurrent network that attends to the source
};
REGARD_ENUM(DecoderKind, blocks, rnn);

/// When an rnn decoder attends.
enum class Attend {
  before,  ///< with its last state; the context enters the cell (Bahdanau et al. 2015)
  after,   ///< with its new state; the context enters the readout (Luong et al. 2015)
};
REGARD_ENUM(Attend, before, after);

/// How an rnn decoder starts.
enum class Bridge {
  zero,    ///< from zeros
  copy,    ///< from the states in which the encoder's recurrent layers ended
  linear,  ///< from tanh(W state) of these
};
REGARD_ENUM(Bridge, zero, copy, linear);

/// What an rnn decoder makes of state s, context c and embedding e before the output matrix.
enum class Readout {
  linear,       ///< W [c; s]
  attentional,  ///< tanh(W [c; s])  (Luong et al. 2015, eq. 5)
  maxout,       ///< the larger of each pair of W [c; s; e]  (Bahdanau et al. 2015)
};
REGARD_ENUM(Readout, linear, attentional, maxout);

struct DecoderOptions {
  using Self = DecoderOptions;
  DecoderKind kind = DecoderKind::blocks;
  std::optional<BlocksOptions> blocks;
  CellKind cell = CellKind::gru;
  std::int64_t layers = 1;
  std::int64_t hidden = 0;
  Attend attend = Attend::after;
  bool input_feeding = false;
  Bridge bridge = Bridge::linear;
  Readout readout = Readout::attentional;
  std::optional<AttentionOptions> attention;

  static void describe(auto&& field) {
    REGARD_FIELD(kind, "blocks = blocks of sublayers; rnn = a recurrent decoder.");
    REGARD_FIELD(blocks, "The decoder's blocks.", config::only_with("kind", {"blocks"}));
    REGARD_FIELD(cell, "Kind of its cell.", config::only_with("kind", {"rnn"}));
    REGARD_FIELD(layers, "Number of stacked recurrent layers.", config::between(1, 64),
                 config::only_with("kind", {"rnn"},
                                   "use model.decoder_layers or blocks.repeat, or kind: rnn"));
    REGARD_FIELD(hidden, "Width of the hidden states; 0 = model.dim.", config::between(0, 65536),
                 config::only_with("kind", {"rnn"}));
    REGARD_FIELD(attend,
                 "before = the previous state is the query and the context is an input of the cell "
                 "(Bahdanau et al. 2015); after = the new state is the query and the context is an "
                 "input of the readout (Luong et al. 2015).",
                 config::only_with("kind", {"rnn"}));
    REGARD_FIELD(input_feeding,
                 "With attend: after, the previous readout is appended to the next input (Luong et "
                 "al. 2015).",
                 config::only_with("kind", {"rnn"}));
    REGARD_FIELD(bridge, "How the initial state is made from the encoder's final states.",
                 config::only_with("kind", {"rnn"}));
    REGARD_FIELD(readout, "How state and context are combined before the output matrix.",
                 config::only_with("kind", {"rnn"}));
    REGARD_FIELD(attention, "Its attention over the source; none = no attention.",
                 config::only_with("kind", {"rnn"}));
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(DecoderOptions);

/// A preset with flat overrides, or the full form (encoder and decoder, or with a head the encoder,
/// given). expand() turns the
/// first into the second, next to which flat keys may only repeat what it says (with_flat_keys()).
struct ModelOptions {
  using Self = ModelOptions;
  Preset preset = Preset::custom;
  std::int64_t dim = 0;
  std::int64_t layers = 0;
  std::int64_t encoder_layers = 0;
  std::int64_t decoder_layers = 0;
  std::int64_t heads = 0;
  std::int64_t feed_forward = 0;
  NormPlacement norm = NormPlacement::pre;
  Activation activation = Activation::relu;
  bool gated = false;
  bool bias = true;
  PositionKind position = PositionKind::sinusoidal;
  std::int64_t max_positions = 1024;
  bool scale_embedding = true;
  double norm_epsilon = 1e-5;
  bool output_bias = false;
  bool order_blind = false;
  DropoutOptions dropout;
  Tie tie = Tie::all;
  std::optional<EncoderOptions> encoder;
  std::optional<DecoderOptions> decoder;
  std::optional<HeadOptions> head;

  static void describe(auto&& field) {
    REGARD_FIELD(preset,
                 "A standard size, as dim/layers/heads/feed_forward: tiny 128/2/4/512, small "
                 "256/3/4/1024, base 512/6/8/2048, big 1024/6/16/4096.");
    REGARD_FIELD(dim, "Width of embeddings and hidden states; 0 = from the preset.",
                 config::between(0, 65536));
    REGARD_FIELD(
        layers,
        "Number of blocks in the encoder and in the decoder; 0 = from the preset or the full form.",
        config::between(0, 256));
    REGARD_FIELD(encoder_layers,
                 "Number of encoder blocks; 0 = layers. A deep encoder with a shallow decoder, "
                 "such as 12 and 2, translates faster and about as well (Kasai et al. 2021).",
                 config::between(0, 256));
    REGARD_FIELD(decoder_layers, "Number of decoder blocks; 0 = layers.", config::between(0, 256));
    REGARD_FIELD(heads, "Number of attention heads; 0 = from the preset or the full form.",
                 config::between(0, 1024));
    REGARD_FIELD(feed_forward,
                 "Inner width of the feed-forward networks; 0 = 4 * dim, or from the full form.",
                 config::between(0, 1048576));
    REGARD_FIELD(norm, "Placement of layer normalization in the preset's blocks.");
    REGARD_FIELD(activation, "Activation in the preset's feed-forward networks.");
    REGARD_FIELD(gated,
                 "Gated feed-forward networks in the preset's blocks: ReGLU, GEGLU or SwiGLU, "
                 "depending on activation.");
    REGARD_FIELD(bias, "Whether the linear layers of the preset's blocks have a bias.");
    REGARD_FIELD(position, "Position encoding added to the embeddings.");
    REGARD_FIELD(max_positions,
                 "Size of the learned position table; the other encodings have no limit.",
                 config::between(1, 1048576), config::unit("tokens"));
    REGARD_FIELD(scale_embedding,
                 "Multiply embeddings by sqrt(dim), so that they initially have the scale of the "
                 "position encodings.");
    REGARD_FIELD(
        norm_epsilon,
        "Epsilon added to the variance in layer normalization: 1e-5 in PyTorch, 1e-6 in Marian.",
        config::between(1e-12, 0.1));
    REGARD_FIELD(output_bias, "Whether the output layer has a bias.");
    REGARD_FIELD(order_blind, "Allow an encoder that cannot tell word order.");
    REGARD_FIELD(dropout, "Dropout probabilities.", config::course_on_resume());
    REGARD_FIELD(tie, "Which of the embeddings and the output matrix are tied.");
    REGARD_FIELD(encoder, "The full form of the encoder; none = from the preset.");
    REGARD_FIELD(decoder, "The full form of the decoder; none = from the preset.");
    REGARD_FIELD(head,
                 "What stands on the encoder in place of a decoder, for other tasks than "
                 "translation; none = there is a decoder.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(ModelOptions);

/// Of an rnn decoder: width of its states.
std::int64_t hidden_width(const ModelOptions& options);
/// Width of each state in which a recurrent layer of the encoder ends, lowest first; without such
/// layers, of the mean of the encoder's output.
std::vector<std::int64_t> final_widths(const ModelOptions& options);
/// Which of that many encoder states starts layer `layer` of an rnn decoder with `layers`: the top
/// one the top one, and so on; the lowest starts all that are left.
std::size_t bridged_final(std::size_t finals, std::int64_t layers, std::int64_t layer);

/// What is allowed but seldom meant in a full form, a sentence each.
std::vector<std::string> doubts_about(const ModelOptions& options);

/// The full form: preset = custom, flat overrides 0, encoder and decoder present, or encoder and
/// head. Idempotent.
ModelOptions expand(const ModelOptions& options);

/// An expanded form for people: its blocks, and above them the flat keys and the preset that give
/// the same sizes, where there are such. expand() of it gives the expanded form again.
ModelOptions with_flat_keys(const ModelOptions& full);

}  // namespace regard
