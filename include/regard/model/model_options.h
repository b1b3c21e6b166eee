#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "regard/config/describe.h"
#include "regard/layers/layer_options.h"

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

/// Which embedding tables and output matrix are one parameter.
enum class Tie {
  none,     ///< source, target and output are three
  decoder,  ///< target embedding and output are one
  all,      ///< all three are one; needs a shared vocabulary
};
REGARD_ENUM(Tie, none, decoder, all);

struct EncoderOptions {
  using Self = EncoderOptions;
  BlocksOptions blocks;

  static void describe(auto&& field) { REGARD_FIELD(blocks, "The encoder's blocks."); }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(EncoderOptions);

struct DecoderOptions {
  using Self = DecoderOptions;
  BlocksOptions blocks;

  static void describe(auto&& field) { REGARD_FIELD(blocks, "The decoder's blocks."); }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(DecoderOptions);

/// A preset with flat overrides, or the full form (encoder and decoder given). expand() turns the
/// first into the second.
struct ModelOptions {
  using Self = ModelOptions;
  Preset preset = Preset::custom;
  std::int64_t dim = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t feed_forward = 0;
  NormPlacement norm = NormPlacement::pre;
  Activation activation = Activation::relu;
  bool gated = false;
  bool bias = true;
  PositionKind position = PositionKind::sinusoidal;
  std::int64_t max_positions = 1024;
  bool scale_embedding = true;
  DropoutOptions dropout;
  Tie tie = Tie::all;
  std::optional<EncoderOptions> encoder;
  std::optional<DecoderOptions> decoder;

  static void describe(auto&& field) {
    REGARD_FIELD(
        preset,
        "A usual size: dim/layers/heads/feed_forward of tiny 128/2/4/512, small 256/3/4/1024, "
        "base 512/6/8/2048, big 1024/6/16/4096.");
    REGARD_FIELD(dim, "Width of embeddings and hidden states; 0 = the preset's.",
                 config::between(0, 65536));
    REGARD_FIELD(layers,
                 "Blocks in the encoder and in the decoder; 0 = the preset's, or the full form's.",
                 config::between(0, 256));
    REGARD_FIELD(heads, "Attention heads; 0 = the preset's, or the full form's.",
                 config::between(0, 1024));
    REGARD_FIELD(feed_forward,
                 "Inner width of the feed-forward networks; 0 = the preset's, or the full form's.",
                 config::between(0, 1048576));
    REGARD_FIELD(norm, "Placement of the norms in the preset's blocks.");
    REGARD_FIELD(activation, "Activation in the preset's feed-forward networks.");
    REGARD_FIELD(gated,
                 "Gated feed-forward networks in the preset's blocks: ReGLU, GEGLU or SwiGLU by "
                 "activation.");
    REGARD_FIELD(bias, "Whether the linear maps of the preset's blocks have a bias.");
    REGARD_FIELD(position, "How positions enter the embeddings.");
    REGARD_FIELD(max_positions, "Size of a learned position table; closed forms have no limit.",
                 config::between(1, 1048576), config::unit("tokens"));
    REGARD_FIELD(scale_embedding,
                 "Multiply embeddings by sqrt(dim), so that they start as large as the positions.");
    REGARD_FIELD(dropout, "Probabilities of dropping.", config::course_on_resume());
    REGARD_FIELD(tie, "Which embedding tables and output matrix are one parameter.");
    REGARD_FIELD(encoder, "The full form of the encoder; none = from the preset.");
    REGARD_FIELD(decoder, "The full form of the decoder; none = from the preset.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(ModelOptions);

/// The full form: preset = custom, flat overrides 0, encoder and decoder present. Idempotent.
ModelOptions expand(const ModelOptions& options);

}  // namespace regard
