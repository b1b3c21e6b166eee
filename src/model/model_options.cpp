#include "regard/model/model_options.h"

#include "regard/core/strings.h"

#include "model_checks.h"

namespace regard {
namespace {

struct PresetSize {
  std::int64_t dim, layers, heads, feed_forward;
};

PresetSize size_of(Preset preset) {
  switch (preset) {
    case Preset::transformer_tiny:
      return {128, 2, 4, 512};
    case Preset::transformer_small:
      return {256, 3, 4, 1024};
    case Preset::transformer_base:
      return {512, 6, 8, 2048};
    case Preset::transformer_big:
      return {1024, 6, 16, 4096};
    case Preset::custom:
      break;
  }
  return {0, 0, 0, 0};
}

/// The flat values where given, else the preset's.
PresetSize effective_size(const ModelOptions& o) {
  const PresetSize preset = size_of(o.preset);
  const auto choose = [](std::int64_t given, std::int64_t usual) {
    return given > 0 ? given : usual;
  };
  return {choose(o.dim, preset.dim), choose(o.layers, preset.layers), choose(o.heads, preset.heads),
          choose(o.feed_forward, preset.feed_forward)};
}

BlocksOptions preset_blocks(const ModelOptions& o, const PresetSize& size, bool is_decoder) {
  AttentionOptions attention;
  attention.heads = size.heads;
  attention.bias = o.bias;
  SublayerOptions self;
  self.self_attention = attention;
  if (is_decoder) self.self_attention->mask = AttentionMask::causal;
  SublayerOptions cross;
  cross.cross_attention = attention;
  SublayerOptions network;
  network.ffn = FeedForwardOptions{size.feed_forward, o.activation, o.gated, o.bias};
  BlocksOptions blocks;
  blocks.repeat = size.layers;
  blocks.norm = o.norm;
  blocks.sublayers = is_decoder ? std::vector{self, cross, network} : std::vector{self, network};
  return blocks;
}

void check_preset_form(const ModelOptions& o, config::Checks& checks) {
  const PresetSize size = effective_size(o);
  if (size.dim == 0 || size.layers == 0 || size.heads == 0 || size.feed_forward == 0) {
    checks.fail("preset", "the model's size is not given",
                "use preset: transformer_small, or give dim, layers, heads and feed_forward");
    return;
  }
  if (size.dim % size.heads != 0) {
    std::int64_t fix = size.heads;
    while (size.dim % fix != 0)
      --fix;
    checks.fail("heads", str(size.heads, " does not divide model.dim = ", size.dim),
                str("use ", fix));
  }
}

/// The flat keys that shape a preset's blocks do nothing to blocks that are written out.
void refuse_changed(const ModelOptions& o, config::Checks& checks) {
  const ModelOptions unchanged;
  const auto refuse = [&](const char* key, bool is_changed, const char* fix) {
    if (is_changed) checks.fail(key, "has no meaning in the full form", fix);
  };
  refuse("norm", o.norm != unchanged.norm,
         "set it in model.encoder.blocks and model.decoder.blocks");
  refuse("activation", o.activation != unchanged.activation, "set it in the ffn sublayers");
  refuse("gated", o.gated != unchanged.gated, "set it in the ffn sublayers");
  refuse("bias", o.bias != unchanged.bias, "set it in the sublayers");
}

void check_full_form(const ModelOptions& o, config::Checks& checks) {
  if (!o.encoder || !o.decoder) {
    checks.fail(o.encoder ? "encoder" : "decoder", "the full form needs both encoder and decoder",
                o.encoder ? "add model.decoder" : "add model.encoder");
  }
  if (o.preset != Preset::custom) {
    checks.fail("preset", "a preset and the full form exclude each other",
                "remove model.preset, or model.encoder and model.decoder");
  }
  const auto refuse = [&](const char* key, std::int64_t value) {
    if (value != 0)
      checks.fail(key, str(value, " has no meaning in the full form"), "set it in the sublayers");
  };
  refuse("layers", o.layers);
  refuse("heads", o.heads);
  refuse("feed_forward", o.feed_forward);
  refuse_changed(o, checks);
  if (o.dim == 0) {
    checks.fail("dim", "the full form needs the width", "set model.dim, for example 256");
    return;
  }
  if (o.encoder) check_encoder(o, checks);
  if (o.encoder && o.decoder) check_decoder(o, checks);
}

}  // namespace

void ModelOptions::check(const Self& o, config::Checks& checks) {
  if (o.encoder || o.decoder) {
    check_full_form(o, checks);
  } else {
    check_preset_form(o, checks);
  }
  const std::int64_t dim = effective_size(o).dim;
  if (dim % 2 != 0 && o.position != PositionKind::none && o.position != PositionKind::learned) {
    checks.fail("dim", str(dim, " is odd, but positions come in sine and cosine pairs"),
                str("use ", dim + 1));
  }
}

namespace {

void resolve_attention(std::vector<SublayerOptions>& sublayers) {
  for (SublayerOptions& sublayer : sublayers) {
    if (sublayer.self_attention) sublayer.self_attention = resolved(*sublayer.self_attention);
    if (sublayer.cross_attention) sublayer.cross_attention = resolved(*sublayer.cross_attention);
  }
}

/// Fills in what the attentions leave open.
ModelOptions resolve_attention(ModelOptions options) {
  for (LevelOptions& level : options.encoder->levels) {
    if (level.blocks) resolve_attention(level.blocks->sublayers);
    for (BranchOptions& branch : level.branches)
      resolve_attention(branch.blocks.sublayers);
  }
  if (options.encoder->blocks) resolve_attention(options.encoder->blocks->sublayers);
  DecoderOptions& decoder = *options.decoder;
  if (decoder.blocks) resolve_attention(decoder.blocks->sublayers);
  if (decoder.attention) decoder.attention = resolved(*decoder.attention, /*is_step=*/true);
  return options;
}

}  // namespace

ModelOptions expand(const ModelOptions& options) {
  if (options.encoder && options.decoder) return resolve_attention(options);
  const PresetSize size = effective_size(options);
  ModelOptions full = options;
  full.preset = Preset::custom;
  full.dim = size.dim;
  full.layers = full.heads = full.feed_forward = 0;
  full.norm = ModelOptions().norm;
  full.activation = ModelOptions().activation;
  full.gated = ModelOptions().gated;
  full.bias = ModelOptions().bias;
  full.encoder.emplace().blocks = preset_blocks(options, size, false);
  full.decoder.emplace().blocks = preset_blocks(options, size, true);
  return resolve_attention(full);
}

}  // namespace regard
