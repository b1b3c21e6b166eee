#include "flat_keys.h"

#include "regard/core/strings.h"
#include "regard/model/obstacles.h"

namespace regard {
namespace {

struct PresetSize {
  std::int64_t dim, layers, heads;
};

constexpr std::int64_t kInnerFactor = 4;

PresetSize size_of(Preset preset) {
  switch (preset) {
    case Preset::transformer_tiny:
      return {128, 2, 4};
    case Preset::transformer_small:
      return {256, 3, 4};
    case Preset::transformer_base:
      return {512, 6, 8};
    case Preset::transformer_big:
      return {1024, 6, 16};
    case Preset::custom:
      break;
  }
  return {0, 0, 0};
}

std::int64_t first_given(std::int64_t given, std::int64_t otherwise) {
  return given > 0 ? given : otherwise;
}

/// Whether the sublayers of two blocks are the usual ones and as wide as each other.
bool is_usual(const BlocksOptions& encoder, const BlocksOptions& decoder) {
  const auto& a = encoder.sublayers;
  const auto& b = decoder.sublayers;
  if (a.size() != 2 || !a[0].self_attention || !a[1].ffn) return false;
  if (b.size() != 3 || !b[0].self_attention || !b[1].cross_attention || !b[2].ffn) return false;
  const std::int64_t heads = resolved(*a[0].self_attention).heads;
  const FeedForwardOptions& network = *a[1].ffn;
  const FeedForwardOptions& other = *b[2].ffn;
  return resolved(*b[0].self_attention).heads == heads &&
         resolved(*b[1].cross_attention).heads == heads && encoder.norm == decoder.norm &&
         other.hidden == network.hidden && other.activation == network.activation &&
         other.gated == network.gated && other.bias == network.bias;
}

/// The flat keys that say what the blocks say; nothing where there are none.
std::optional<ModelOptions> flat_keys_of(const ModelOptions& o) {
  if (!o.encoder || !o.decoder || !o.encoder->blocks || !o.decoder->blocks) return std::nullopt;
  const BlocksOptions& encoder = *o.encoder->blocks;
  const BlocksOptions& decoder = *o.decoder->blocks;
  if (!is_usual(encoder, decoder)) return std::nullopt;
  const FeedForwardOptions& network = *encoder.sublayers[1].ffn;
  ModelOptions flat;
  flat.dim = o.dim;
  flat.layers = encoder.repeat == decoder.repeat ? encoder.repeat : 0;
  flat.encoder_layers = encoder.repeat;
  flat.decoder_layers = decoder.repeat;
  flat.heads = resolved(*encoder.sublayers[0].self_attention).heads;
  flat.feed_forward = inner_width(network, o.dim);
  flat.norm = encoder.norm;
  flat.activation = network.activation;
  flat.gated = network.gated;
  flat.bias = network.bias;
  return flat;
}

/// Collects the flat keys of one full form that say something else than its blocks.
class FlatKeys {
 public:
  FlatKeys(config::Checks& checks, bool has_counterparts)
      : checks_(checks), has_counterparts_(has_counterparts) {}

  /// `actual` is what the blocks say, where they have a counterpart of the key.
  void check(const char* key, const std::string& given, const std::string& actual,
             const char* place) {
    if (has_counterparts_ && given == actual) return;
    if (!has_counterparts_) {
      checks_.fail(key, given + " has no meaning in the full form", str("set it in ", place));
      return;
    }
    checks_.fail(key, str(given, " contradicts the explicit blocks, which have ", actual),
                 str("remove it, or set it in ", place));
  }

 private:
  config::Checks& checks_;
  bool has_counterparts_;
};

std::string word(bool value) {
  return value ? "true" : "false";
}

}  // namespace

ModelSize size_of(const ModelOptions& options) {
  const PresetSize preset = size_of(options.preset);
  const std::int64_t dim = first_given(options.dim, preset.dim);
  const std::int64_t layers = first_given(options.layers, preset.layers);
  return {dim, first_given(options.encoder_layers, layers),
          first_given(options.decoder_layers, layers), first_given(options.heads, preset.heads),
          first_given(options.feed_forward, kInnerFactor * dim)};
}

void check_flat_keys(const ModelOptions& o, config::Checks& checks) {
  const std::optional<ModelOptions> flat = flat_keys_of(o);
  if (o.preset != Preset::custom && (!flat || size_of(o) != size_of(*flat))) {
    checks.fail("preset", "a preset and the full form are mutually exclusive",
                "remove model.preset, or model.encoder and model.decoder");
  }
  const ModelOptions actual = flat.value_or(ModelOptions());
  const ModelOptions unchanged;
  FlatKeys keys(checks, flat.has_value());
  const auto check_size = [&](const char* key, std::int64_t ModelOptions::*member,
                              const std::string& in_blocks, const char* place) {
    if (o.*member != 0) keys.check(key, str(o.*member), in_blocks, place);
  };
  const std::string of_both = actual.layers > 0
                                  ? str(actual.layers)
                                  : str(actual.encoder_layers, " and ", actual.decoder_layers);
  check_size("layers", &ModelOptions::layers, of_both, "blocks.repeat of encoder and decoder");
  check_size("encoder_layers", &ModelOptions::encoder_layers, str(actual.encoder_layers),
             "model.encoder.blocks.repeat");
  check_size("decoder_layers", &ModelOptions::decoder_layers, str(actual.decoder_layers),
             "model.decoder.blocks.repeat");
  check_size("heads", &ModelOptions::heads, str(actual.heads), "the sublayers");
  check_size("feed_forward", &ModelOptions::feed_forward, str(actual.feed_forward),
             "the ffn sublayers");
  if (o.norm != unchanged.norm) {
    keys.check("norm", config::word_of(o.norm), config::word_of(actual.norm),
               "model.encoder.blocks and model.decoder.blocks");
  }
  if (o.activation != unchanged.activation) {
    keys.check("activation", config::word_of(o.activation), config::word_of(actual.activation),
               "the ffn sublayers");
  }
  if (o.gated != unchanged.gated)
    keys.check("gated", word(o.gated), word(actual.gated), "the ffn sublayers");
  if (o.bias != unchanged.bias)
    keys.check("bias", word(o.bias), word(actual.bias), "the sublayers");
}

ModelOptions with_flat_keys(const ModelOptions& full) {
  const std::optional<ModelOptions> flat = flat_keys_of(full);
  if (!flat) return full;
  ModelOptions shown = full;
  shown.layers = flat->layers;
  shown.encoder_layers = flat->encoder_layers;
  shown.decoder_layers = flat->decoder_layers;
  shown.heads = flat->heads;
  shown.feed_forward = flat->feed_forward;
  shown.norm = flat->norm;
  shown.activation = flat->activation;
  shown.gated = flat->gated;
  shown.bias = flat->bias;
  if (!plain_transformer_obstacles(full).empty()) return shown;
  for (const Preset preset : config::enum_table<Preset>().values) {
    ModelOptions candidate;
    candidate.preset = preset;
    if (size_of(candidate) == size_of(*flat)) shown.preset = preset;
  }
  return shown;
}

}  // namespace regard
