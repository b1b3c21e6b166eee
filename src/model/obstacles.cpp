#include "regard/model/obstacles.h"

#include <utility>

#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"

namespace regard {

Obstacles::Obstacles(const std::filesystem::path& place, std::string verdict, std::string fix)
    : place_(place.string()), verdict_(std::move(verdict)), fix_(std::move(fix)) {}

void Obstacles::unless(bool is_fine, const std::string& key, const std::string& value) {
  if (is_fine) return;
  problems_.push_back({SourceSpot{place_}, str("model.", key, ": ", value, " ", verdict_), fix_});
}

void require_plain_attention(const AttentionOptions& attention, AttentionMask mask,
                             const std::string& key, Obstacles& obstacles) {
  const auto of = [&](const char* name) { return key + "." + name; };
  const AttentionOptions o = resolved(attention);
  obstacles.unless(o.score == "scaled_dot", of("score"), o.score);
  obstacles.unless(o.align == "softmax", of("align"), o.align);
  obstacles.unless(o.position == "none", of("position"), o.position);
  obstacles.unless(o.project == AttentionProjection::qkv, of("project"),
                   config::word_of(o.project));
  obstacles.unless(o.merge == HeadMerge::concat || o.heads == 1, of("merge"),
                   config::word_of(o.merge));
  obstacles.unless(o.granularity == Granularity::head, of("granularity"),
                   config::word_of(o.granularity));
  obstacles.unless(o.key_value_heads == 0 || o.key_value_heads == o.heads, of("key_value_heads"),
                   str(o.key_value_heads));
  obstacles.unless(o.clip == 0.0, of("clip"), str(o.clip));
  obstacles.unless(o.mask == mask, of("mask"), config::word_of(o.mask));
}

void require_plain_place(const SublayerOptions& sublayer, NormPlacement of_blocks,
                         const std::string& key, Obstacles& obstacles) {
  obstacles.unless(sublayer.combine == Combine::residual, key + ".combine",
                   config::word_of(sublayer.combine));
  obstacles.unless(sublayer.pre_dense == PreDense::none, key + ".pre_dense",
                   config::word_of(sublayer.pre_dense));
  obstacles.unless(resolve(sublayer.norm, of_blocks) == of_blocks, key + ".norm",
                   config::word_of(sublayer.norm));
}

namespace {

std::vector<std::string> kinds_of(const BlocksOptions& blocks) {
  std::vector<std::string> kinds;
  for (const SublayerOptions& sublayer : blocks.sublayers)
    kinds.push_back(kind_of(sublayer).name);
  return kinds;
}

void require_plain_blocks(const BlocksOptions& blocks, bool is_decoder, Obstacles& obstacles) {
  const std::string key = is_decoder ? "decoder.blocks" : "encoder.blocks";
  const std::vector<std::string> wanted =
      is_decoder ? std::vector<std::string>{"self_attention", "cross_attention", "ffn"}
                 : std::vector<std::string>{"self_attention", "ffn"};
  obstacles.unless(blocks.norm != NormPlacement::none, key + ".norm", "none");
  const std::vector<std::string> kinds = kinds_of(blocks);
  obstacles.unless(kinds == wanted, key + ".sublayers", join(kinds, ", "));
  if (kinds != wanted) return;
  for (const SublayerOptions& sublayer : blocks.sublayers) {
    const std::string at = str(key, ".sublayers.", kind_of(sublayer).name);
    require_plain_place(sublayer, blocks.norm, at, obstacles);
    if (sublayer.self_attention) {
      require_plain_attention(*sublayer.self_attention,
                              is_decoder ? AttentionMask::causal : AttentionMask::none, at,
                              obstacles);
    }
    if (sublayer.cross_attention)
      require_plain_attention(*sublayer.cross_attention, AttentionMask::none, at, obstacles);
  }
  if (!is_decoder) return;
  const auto self_heads = resolved(*blocks.sublayers[0].self_attention).heads;
  const auto cross_heads = resolved(*blocks.sublayers[1].cross_attention).heads;
  obstacles.unless(self_heads == cross_heads, key + ".sublayers.cross_attention.heads",
                   str(cross_heads, " together with ", self_heads, " of the self-attention"));
}

}  // namespace

void require_plain_encoder(const ModelOptions& options, Obstacles& obstacles) {
  const std::vector<BlocksOptions> branches = branches_of(*options.encoder);
  obstacles.unless(branches.size() == 1, "encoder.levels", str(branches.size(), " branches"));
  if (branches.size() == 1) require_plain_blocks(branches.front(), /*is_decoder=*/false, obstacles);
}

void require_plain_transformer(const ModelOptions& options, Obstacles& obstacles) {
  require_plain_encoder(options, obstacles);
  obstacles.unless(options.decoder->kind == DecoderKind::blocks, "decoder.kind",
                   config::word_of(options.decoder->kind));
  if (!options.decoder->blocks) return;
  require_plain_blocks(*options.decoder->blocks, /*is_decoder=*/true, obstacles);
  const std::vector<BlocksOptions> branches = branches_of(*options.encoder);
  if (branches.size() != 1) return;
  obstacles.unless(branches.front().norm == options.decoder->blocks->norm, "decoder.blocks.norm",
                   str(config::word_of(options.decoder->blocks->norm), " together with ",
                       config::word_of(branches.front().norm), " in the encoder"));
}

std::vector<Problem> plain_transformer_obstacles(const ModelOptions& options,
                                                 const std::filesystem::path& place) {
  Obstacles obstacles(place, "is not part of a plain Transformer",
                      "use a plain Transformer, such as the presets");
  require_plain_transformer(options, obstacles);
  return obstacles.problems();
}

}  // namespace regard
