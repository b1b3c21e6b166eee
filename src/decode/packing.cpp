#include "regard/decode/packing.h"

#include <algorithm>
#include <string>

#include "regard/core/strings.h"
#include "regard/engine/packed_transformer.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/model/obstacles.h"

namespace regard {
namespace {

bool is_packed_kind(const std::string& name) {
  const std::vector<std::string> names = PackedTransformer::kinds();
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Everything in a decoder that has no packed form.
void require_packed_decoder(const ModelOptions& options, Obstacles& obstacles) {
  const DecoderOptions& decoder = *options.decoder;
  obstacles.unless(decoder.kind == DecoderKind::blocks, "decoder.kind",
                   config::word_of(decoder.kind));
  if (!decoder.blocks) return;
  const BlocksOptions& blocks = *decoder.blocks;
  obstacles.unless(blocks.norm != NormPlacement::none, "decoder.blocks.norm", "none");
  for (const SublayerOptions& sublayer : blocks.sublayers) {
    const SublayerKind& kind = kind_of(sublayer);
    const std::string key = str("decoder.blocks.sublayers.", kind.name);
    const bool is_known = is_packed_kind(kind.name);
    obstacles.unless(is_known, "decoder.blocks.sublayers", kind.name);
    if (!is_known) continue;
    require_plain_place(sublayer, blocks.norm, key, obstacles);
    const AttentionOptions* attention = kind.attention(sublayer);
    if (attention == nullptr) continue;
    require_plain_attention(*attention,
                            kind.needs_source ? AttentionMask::none : AttentionMask::causal, key,
                            obstacles);
  }
}

SublayerPlan plan_of(const SublayerOptions& options, std::int64_t dim) {
  const SublayerKind& kind = kind_of(options);
  SublayerPlan plan;
  plan.kind = kind.name;
  if (const AttentionOptions* attention = kind.attention(options)) {
    plan.heads = resolved(*attention).heads;
    plan.has_bias = attention->bias;
  }
  if (options.ffn) {
    plan.has_bias = options.ffn->bias;
    plan.hidden = inner_width(*options.ffn, dim);
    plan.activation = options.ffn->activation;
    plan.is_gated = options.ffn->gated;
  }
  if (options.average) {
    plan.hidden = options.average->ffn;
    plan.is_gated = options.average->gate;
  }
  return plan;
}

StackPlan plan_of(const BlocksOptions& blocks, std::int64_t dim) {
  const std::vector<std::string> names = sublayer_names(blocks.sublayers);
  StackPlan stack;
  stack.is_pre_norm = blocks.norm == NormPlacement::pre;
  for (std::int64_t i = 0; i < blocks.repeat; ++i) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      stack.sublayers.push_back(plan_of(blocks.sublayers[k], dim));
      stack.sublayers.back().name = str(i, ".", names[k]);
    }
  }
  return stack;
}

}  // namespace

std::vector<Problem> packing_obstacles(const ModelOptions& options) {
  Obstacles obstacles({}, "cannot be packed",
                      str("use an encoder as in the presets, and in the decoder only ",
                          join(PackedTransformer::kinds(), ", "), " as there"));
  require_plain_encoder(options, obstacles);
  require_packed_decoder(options, obstacles);
  return obstacles.problems();
}

TransformerPlan transformer_plan(const ModelOptions& options, std::int64_t source_vocabulary,
                                 std::int64_t target_vocabulary) {
  TransformerPlan plan;
  plan.dim = options.dim;
  plan.source_vocabulary = source_vocabulary;
  plan.target_vocabulary = target_vocabulary;
  plan.norm_epsilon = options.norm_epsilon;
  plan.scales_embedding = options.scale_embedding;
  plan.position = options.position;
  plan.max_positions = options.max_positions;
  plan.has_target_table = options.tie != Tie::all;
  plan.has_output_matrix = options.tie == Tie::none;
  plan.has_output_bias = options.output_bias;
  plan.encoder = plan_of(branches_of(*options.encoder).front(), options.dim);
  plan.decoder = plan_of(*options.decoder->blocks, options.dim);
  return plan;
}

}  // namespace regard
