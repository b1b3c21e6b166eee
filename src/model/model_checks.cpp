#include "model_checks.h"

#include "regard/attention/facts.h"
#include "regard/config/divides.h"
#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"

namespace regard {
namespace {

using attention::facts_of_align;

/// Chosen keys must not be dropped again.
void check_dropout(const SublayerOptions& sublayer, double dropout, const std::string& path,
                   config::Checks& checks) {
  const AttentionOptions* attention = kind_of(sublayer).attention(sublayer);
  if (attention == nullptr || dropout == 0.0 || !facts_of_align(attention->align).chooses_keys)
    return;
  checks.fail("dropout.attention",
              str(dropout, " would drop the keys selected by the ", attention->align,
                  " alignment of ", path),
              "use 0");
}

void check_order(const ModelOptions& o, const std::vector<BlocksOptions>& branches,
                 config::Checks& checks) {
  if (o.position != PositionKind::none || o.order_blind) return;
  for (const BlocksOptions& blocks : branches) {
    for (const SublayerOptions& sublayer : blocks.sublayers) {
      if (kind_of(sublayer).sees_order(sublayer)) return;
    }
  }
  checks.fail("position", "with none, the encoder cannot tell word order",
              "use sinusoidal, or order_blind: true if this is intended");
}

void check_decoder_sublayer(const SublayerOptions& sublayer, const std::string& path,
                            config::Checks& checks) {
  const SublayerKind& kind = kind_of(sublayer);
  kind.check(sublayer, path, checks);
  if (const auto future = kind.future(sublayer)) {
    checks.fail(str(path, ".", future->path),
                future->value + " lets the decoder see future targets", future->fix);
  }
}

void check_rnn_decoder(const DecoderOptions& o, config::Checks& checks) {
  if (o.attention) check_cross_attention(*o.attention, "attention", checks);
  if (o.attention && o.attention->key_value_heads > 0) {
    config::check_divides(checks, "attention.key_value_heads", o.attention->key_value_heads,
                          "heads", resolved(*o.attention, /*is_step=*/true).heads);
  }
  if (o.input_feeding && o.attend == Attend::before) {
    checks.fail("input_feeding", "with attend: before the context is already an input of the cell",
                "use input_feeding: false, or attend: after");
  }
  if (!o.attention && o.attend == Attend::before)
    checks.fail("attend", "before requires an attention", "add one, or use attend: after");
  if (!o.attention && o.bridge == Bridge::zero) {
    checks.fail("bridge",
                "zero, without attention: no information from the source reaches the decoder",
                "use linear, or add an attention");
  }
  if (o.attention && o.attention->heads > 1 && draws_keys(*o.attention)) {
    checks.fail("attention.heads", str("sample requires one head, not ", o.attention->heads),
                "use heads: 1");
  }
}

/// Where the blocks of an encoder stand in its options.
std::vector<std::string> branch_paths(const EncoderOptions& encoder) {
  if (encoder.blocks) return {"encoder.blocks"};
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < encoder.levels.size(); ++i) {
    const std::string level = str("encoder.levels[", i, "]");
    if (encoder.levels[i].blocks) paths.push_back(level + ".blocks");
    for (std::size_t k = 0; k < encoder.levels[i].branches.size(); ++k)
      paths.push_back(str(level, ".branches[", k, "].blocks"));
  }
  return paths;
}

}  // namespace

void check_encoder(const ModelOptions& o, config::Checks& checks) {
  const std::vector<BlocksOptions> branches = branches_of(*o.encoder);
  const std::vector<std::string> paths = branch_paths(*o.encoder);
  for (std::size_t k = 0; k < branches.size(); ++k) {
    for (std::size_t i = 0; i < branches[k].sublayers.size(); ++i) {
      const SublayerOptions& sublayer = branches[k].sublayers[i];
      const std::string path = str(paths[k], ".sublayers[", i, "]");
      const SublayerKind& kind = kind_of(sublayer);
      if (kind.needs_source) {
        checks.fail(str(path, ".", kind.name), "an encoder has no source to attend to",
                    "use self_attention, or move it to the decoder");
      } else {
        kind.check(sublayer, path, checks);
      }
      check_dropout(sublayer, o.dropout.attention, path, checks);
    }
    check_widths(branches[k], {o.dim, 0}, paths[k], checks);
  }
  check_order(o, branches, checks);
}

namespace {

/// An rnn decoder over an encoder of this width.
void check_rnn_widths(const ModelOptions& o, std::int64_t source, config::Checks& checks) {
  const DecoderOptions& decoder = *o.decoder;
  const std::int64_t hidden = hidden_width(o);
  const std::vector<std::int64_t> finals = final_widths(o);
  for (std::int64_t layer = 0; layer < decoder.layers; ++layer) {
    const std::int64_t width = finals[bridged_final(finals.size(), decoder.layers, layer)];
    if (decoder.bridge != Bridge::copy || width == hidden) continue;
    checks.fail(
        "decoder.bridge",
        str("copy requires encoder states as wide as the decoder's, ", hidden, ", not ", width),
        "use linear, or different widths");
    break;
  }
  if (decoder.attention) {
    SublayerOptions attention;
    attention.cross_attention = resolved(*decoder.attention, /*is_step=*/true);
    attention.combine = Combine::replace;
    BlocksOptions blocks;
    blocks.sublayers = {attention};
    config::Checks found;
    check_widths(blocks, {hidden, source}, "", found);
    const std::string there = ".sublayers[0].cross_attention";
    for (const auto& failure : found.failures()) {
      const std::string own = decoder.hidden > 0 ? "model.decoder.hidden" : "model.dim";
      std::string what = failure.what;
      const std::size_t place = what.find("model.dim");
      if (place != std::string::npos) what.replace(place, std::string("model.dim").size(), own);
      checks.fail("decoder.attention" + failure.path.substr(there.size()), what, failure.fix);
    }
    const std::string& align = decoder.attention->align;
    if (facts_of_align(align).chooses_keys && o.dropout.attention > 0.0) {
      checks.fail("dropout.attention",
                  str(o.dropout.attention, " would drop the keys selected by the ", align,
                      " alignment of decoder.attention"),
                  "use 0");
    }
  }
}

}  // namespace

void check_decoder(const ModelOptions& o, config::Checks& checks) {
  std::int64_t source = 0;
  for (const BlocksOptions& blocks : branches_of(*o.encoder))
    source += output_width(blocks, {o.dim, 0});
  if (o.decoder->kind == DecoderKind::rnn) {
    check_rnn_widths(o, source, checks);
    return;
  }
  if (!o.decoder->blocks) return;
  const BlocksOptions& blocks = *o.decoder->blocks;
  for (std::size_t i = 0; i < blocks.sublayers.size(); ++i) {
    check_dropout(blocks.sublayers[i], o.dropout.attention,
                  str("decoder.blocks.sublayers[", i, "]"), checks);
  }
  check_widths(blocks, {o.dim, source}, "decoder.blocks", checks);
  const std::int64_t out = output_width(blocks, {o.dim, source});
  if (out != o.dim) {
    checks.fail("decoder.blocks",
                str("the output width of the blocks is ", out,
                    ", but the output matrix expects model.dim = ", o.dim),
                "end with a sublayer of that width");
  }
}

void check_head(const HeadOptions& head, std::int64_t width, config::Checks& checks) {
  if (head.interact) {
    SublayerOptions attention;
    attention.self_attention = resolved(*head.interact);
    BlocksOptions blocks;
    blocks.sublayers = {attention};
    config::Checks found;
    check_widths(blocks, {width, 0}, "", found);
    for (const auto& failure : found.failures()) {
      const std::string there = ".sublayers[0].self_attention";
      const std::string key =
          failure.path.starts_with(there) ? failure.path.substr(there.size()) : "";
      checks.fail("head.interact" + key, failure.what, failure.fix);
    }
  }
  if (!head.compose) return;
  const std::int64_t compared =
      head.compare_hidden > 0 ? head.compare_hidden : compared_width(head, width);
  check_widths(*head.compose, {compared, 0}, "head.compose", checks);
}

void LevelOptions::check(const Self& o, config::Checks& checks) {
  if (o.blocks.has_value() == !o.branches.empty()) {
    checks.fail("", "a level has either blocks or branches", "write one of the two");
  }
}

void EncoderOptions::check(const Self& o, config::Checks& checks) {
  if (o.blocks.has_value() == !o.levels.empty()) {
    checks.fail("", "an encoder has either blocks or levels",
                "write blocks: {repeat: 6, sublayers: [...]}");
  } else if (o.levels.size() > 1) {
    checks.fail("levels", str(o.levels.size(), " levels: only one is supported"),
                "keep only the first");
  }
}

std::vector<BlocksOptions> branches_of(const EncoderOptions& encoder) {
  if (encoder.blocks) return {*encoder.blocks};
  std::vector<BlocksOptions> branches;
  for (const LevelOptions& level : encoder.levels) {
    if (level.blocks) branches.push_back(*level.blocks);
    for (const BranchOptions& branch : level.branches)
      branches.push_back(branch.blocks);
  }
  return branches;
}

void DecoderOptions::check(const Self& o, config::Checks& checks) {
  if (o.kind == DecoderKind::rnn) {
    check_rnn_decoder(o, checks);
    return;
  }
  if (!o.blocks) {
    // Who writes `layers` here usually means the key that is used with a preset, and is told so.
    if (o.layers != DecoderOptions().layers) return;
    checks.fail("blocks", "a decoder of kind blocks requires them",
                "write blocks: {repeat: 6, sublayers: [...]}, or kind: rnn");
    return;
  }
  for (std::size_t i = 0; i < o.blocks->sublayers.size(); ++i)
    check_decoder_sublayer(o.blocks->sublayers[i], str("blocks.sublayers[", i, "]"), checks);
}

}  // namespace regard
