#include "regard/attention/attention_options.h"

#include "regard/config/divides.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

bool is_additive(const AttentionOptions& o) {
  return o.score == "additive" || o.score == "concat" || o.score == "mlp";
}

bool is_dot_product(const AttentionOptions& o) {
  return o.score == "scaled_dot" || o.score == "dot";
}

/// Keys that belong to one kind of score or alignment.
void check_owned_keys(const AttentionOptions& o, config::Checks& checks) {
  if (o.hidden != 0 && !is_additive(o)) {
    checks.fail("hidden", str("only the additive score has a hidden layer, not ", o.score),
                "remove it, or use score: additive");
  }
  if (o.activation != ScoreActivation::tanh && !is_additive(o)) {
    checks.fail("activation", str("only the additive score has an activation, not ", o.score),
                "remove it, or use score: additive");
  }
  const bool is_local = o.align == "local_m" || o.align == "local_p";
  if (is_local && o.window == 0) {
    checks.fail("window", str(o.align, " needs a window"), "set it, for example to 10");
  }
  if (!is_local && o.window != 0) {
    checks.fail("window", str("align ", o.align, " attends to every key"),
                "remove it, or use align: local_m or local_p");
  }
  if (o.max_source != 0 && o.score != "location") {
    checks.fail("max_source",
                str("only the location score has a maximum source length, not ", o.score),
                "remove it, or use score: location");
  }
  if (o.max_distance != AttentionOptions().max_distance && o.position != "shaw") {
    checks.fail("max_distance", str("position ", o.position, " has no maximum distance"),
                "remove it, or use position: shaw");
  }
}

void check_location(const AttentionOptions& o, config::Checks& checks) {
  if (o.score != "location") return;
  if (o.max_source == 0) {
    checks.fail("max_source", "the location score needs a maximum source length",
                "set it, for example to 256");
  }
  if (o.heads > 1) {
    checks.fail("heads", str("the location score requires one head, not ", o.heads),
                "use heads: 1");
  }
  if (o.clip > 0.0) {
    checks.fail("clip", "the location score cannot be clipped", "remove it");
  }
}

void check_features(const AttentionOptions& o, config::Checks& checks) {
  if (o.granularity == Granularity::head) return;
  if (!is_additive(o)) {
    checks.fail("granularity", str("feature requires an additive score, not ", o.score),
                "use score: additive, or granularity: head");
  }
  if (o.align != "softmax") {
    checks.fail("granularity", str("feature requires align: softmax, not ", o.align),
                "use align: softmax, or granularity: head");
  }
  if (o.heads > 1) {
    checks.fail("heads", str(o.heads, " heads: each feature already has its own distribution"),
                "use heads: 1");
  }
  if (o.position != "none") {
    checks.fail("position", str(o.position, " requires granularity: head"),
                "use position: none, or granularity: head");
  }
  if (o.clip > 0.0 && (o.hidden != 0 || o.activation != ScoreActivation::tanh)) {
    checks.fail("clip",
                "with granularity: feature the clipped sum is the score, without a hidden layer",
                "remove hidden and activation, or clip");
  }
}

void check_position(const AttentionOptions& o, config::Checks& checks) {
  if (o.position == "rope" && !is_dot_product(o) && o.score != "cosine") {
    checks.fail("position", str("rope rotates queries and keys, which score ", o.score, " mixes"),
                "use score: scaled_dot, or another position");
  }
  if (o.position == "shaw" && !is_dot_product(o)) {
    checks.fail("position", str("shaw requires a dot product, not ", o.score),
                "use score: scaled_dot, or another position");
  }
}

void check_key_value_heads(const AttentionOptions& o, config::Checks& checks) {
  if (o.key_value_heads == 0) return;
  const std::int64_t heads = resolved(o).heads;
  config::check_divides(checks, "key_value_heads", o.key_value_heads, "heads", heads);
  if (!is_dot_product(o) && o.score != "cosine" && o.key_value_heads != heads) {
    checks.fail("key_value_heads", str("score ", o.score, " has parameters per key head"),
                "remove it, or use score: scaled_dot");
  }
}

}  // namespace

AttentionOptions resolved(AttentionOptions options, bool is_step) {
  const bool is_plain = options.project == AttentionProjection::none;
  const bool is_single = is_plain || is_step || options.granularity == Granularity::feature ||
                         options.score == "location";
  if (options.heads == 0) options.heads = is_single ? 1 : 8;
  if (options.project == AttentionProjection::auto_) {
    options.project =
        is_step && options.heads == 1 ? AttentionProjection::none : AttentionProjection::qkv;
  }
  return options;
}

bool has_projections(const AttentionOptions& options) {
  return resolved(options).project == AttentionProjection::qkv;
}

void HardOptions::check(const Self& o, config::Checks& checks) {
  const Self unchanged;
  const auto refuse = [&](const char* key, bool is_changed, HardSelection owner) {
    if (!is_changed || o.select == owner) return;
    const std::string& word = config::word_of(owner);
    checks.fail(key, str("is used by select: ", word, ", not by ", config::word_of(o.select)),
                str("remove it, or use select: ", word));
  };
  refuse("temperature", o.temperature != unchanged.temperature, HardSelection::gumbel);
  refuse("threshold", o.threshold != unchanged.threshold, HardSelection::threshold);
  refuse("mix_soft", o.mix_soft != unchanged.mix_soft, HardSelection::sample);
  refuse("baseline_decay", o.baseline_decay != unchanged.baseline_decay, HardSelection::sample);
  refuse("reward", o.reward != unchanged.reward, HardSelection::sample);
  refuse("entropy", o.entropy != unchanged.entropy, HardSelection::sample);
  if (o.select == HardSelection::threshold && o.inference != unchanged.inference) {
    checks.fail("inference", "is used by select: sample or gumbel, not by threshold", "remove it");
  }
}

void AttentionOptions::check(const Self& o, config::Checks& checks) {
  if (o.project == AttentionProjection::none && o.heads > 1) {
    checks.fail("heads", str(o.heads, " heads need projections, but project is none"),
                "use heads: 1, or project: qkv");
  }
  if (o.align != "hard" && o.hard != HardOptions()) {
    checks.fail("hard", str("align ", o.align, " chooses no keys"),
                "remove it, or use align: hard");
  }
  check_owned_keys(o, checks);
  check_location(o, checks);
  check_features(o, checks);
  check_position(o, checks);
  check_key_value_heads(o, checks);
}

}  // namespace regard
