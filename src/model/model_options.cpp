#include "regard/model/model_options.h"

#include "regard/config/divides.h"
#include "regard/core/strings.h"

#include "flat_keys.h"
#include "model_checks.h"

namespace regard {
namespace {

BlocksOptions preset_blocks(const ModelOptions& o, const ModelSize& size, bool is_decoder) {
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
  blocks.repeat = is_decoder ? size.decoder_layers : size.encoder_layers;
  blocks.norm = o.norm;
  blocks.sublayers = is_decoder ? std::vector{self, cross, network} : std::vector{self, network};
  return blocks;
}

void check_preset_form(const ModelOptions& o, config::Checks& checks) {
  const ModelSize size = size_of(o);
  if (size.dim == 0 || size.encoder_layers == 0 || size.decoder_layers == 0 || size.heads == 0) {
    checks.fail("preset", "the model's size is not given",
                "use preset: transformer_small, or give dim, layers and heads");
    return;
  }
  config::check_divides(checks, "heads", size.heads, "model.dim", size.dim);
  if (o.head) check_head(*o.head, size.dim, checks);
}

void check_full_form(const ModelOptions& o, config::Checks& checks) {
  if (o.head && o.decoder) {
    checks.fail("decoder", "a head stands in place of a decoder",
                "remove model.decoder, or model.head");
  } else if (!o.encoder || (!o.decoder && !o.head)) {
    checks.fail(o.encoder ? "encoder" : "decoder",
                "the full form requires both encoder and decoder",
                o.encoder ? "add model.decoder" : "add model.encoder");
  }
  check_flat_keys(o, checks);
  if (o.dim == 0) {
    checks.fail("dim", "the full form requires the width", "set model.dim, for example 256");
    return;
  }
  if (o.encoder) check_encoder(o, checks);
  if (o.encoder && o.decoder) check_decoder(o, checks);
  if (o.encoder && o.head) {
    std::int64_t width = 0;
    for (const BlocksOptions& blocks : branches_of(*o.encoder))
      width += output_width(blocks, {o.dim, 0});
    check_head(*o.head, width, checks);
  }
}

}  // namespace

void ModelOptions::check(const Self& o, config::Checks& checks) {
  if (o.encoder || o.decoder) {
    check_full_form(o, checks);
  } else {
    check_preset_form(o, checks);
  }
  const std::int64_t dim = size_of(o).dim;
  if (dim % 2 != 0 && o.position != PositionKind::none && o.position != PositionKind::learned) {
    checks.fail("dim", str(dim, " is odd, but positions come in sine and cosine pairs"),
                str("use ", dim + 1));
  }
}

namespace {

/// Fills in what the blocks leave open.
ModelOptions with_resolved_blocks(ModelOptions options) {
  const SublayerWidths widths{options.dim, 0};
  for (LevelOptions& level : options.encoder->levels) {
    if (level.blocks) level.blocks = resolved(*level.blocks, widths);
    for (BranchOptions& branch : level.branches)
      branch.blocks = resolved(branch.blocks, widths);
  }
  if (options.encoder->blocks) options.encoder->blocks = resolved(*options.encoder->blocks, widths);
  std::int64_t source = 0;
  for (const BlocksOptions& blocks : branches_of(*options.encoder))
    source += output_width(blocks, widths);
  if (options.head) {
    options.head = resolved(*options.head, source);
    return options;
  }
  DecoderOptions& decoder = *options.decoder;
  if (decoder.blocks) decoder.blocks = resolved(*decoder.blocks, {options.dim, source});
  if (decoder.attention) decoder.attention = resolved(*decoder.attention, /*is_step=*/true);
  return options;
}

/// Without the keys that the blocks stand for.
ModelOptions without_flat_keys(ModelOptions options) {
  const ModelOptions unchanged;
  options.preset = unchanged.preset;
  options.layers = unchanged.layers;
  options.encoder_layers = unchanged.encoder_layers;
  options.decoder_layers = unchanged.decoder_layers;
  options.heads = unchanged.heads;
  options.feed_forward = unchanged.feed_forward;
  options.norm = unchanged.norm;
  options.activation = unchanged.activation;
  options.gated = unchanged.gated;
  options.bias = unchanged.bias;
  return options;
}

}  // namespace

ModelOptions expand(const ModelOptions& options) {
  ModelOptions full = without_flat_keys(options);
  if (!options.encoder || (!options.decoder && !options.head)) {
    const ModelSize size = size_of(options);
    full.dim = size.dim;
    full.encoder.emplace().blocks = preset_blocks(options, size, false);
    if (!options.head) full.decoder.emplace().blocks = preset_blocks(options, size, true);
  }
  return with_resolved_blocks(full);
}

}  // namespace regard
