#include "regard/attention/attention_options.h"

#include "regard/attention/facts.h"
#include "regard/config/divides.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

using attention::facts_of_align;
using attention::facts_of_position;
using attention::facts_of_score;

/// The scores with a fact, for advice.
std::string scores_that(bool attention::ScoreFacts::*fact) {
  std::vector<std::string> names;
  for (const auto& facts : attention::score_facts()) {
    if (facts.*fact) names.push_back(facts.name);
  }
  return join(names, " or ");
}

/// A local alignment looks this far; any other at every key.
void check_window(const AttentionOptions& o, config::Checks& checks) {
  if (facts_of_align(o.align).has_window && o.window == 0)
    checks.fail("window", str(o.align, " needs a window"), "set it, for example to 10");
}

void check_place(const AttentionOptions& o, config::Checks& checks) {
  if (!facts_of_score(o.score).is_by_place) return;
  if (o.max_source == 0) {
    checks.fail("max_source", str("the ", o.score, " score needs a maximum source length"),
                "set it, for example to 256");
  }
  if (o.heads > 1) {
    checks.fail("heads", str("the ", o.score, " score requires one head, not ", o.heads),
                "use heads: 1");
  }
  if (o.clip > 0.0)
    checks.fail("clip", str("the ", o.score, " score cannot be clipped"), "remove it");
}

void check_features(const AttentionOptions& o, config::Checks& checks) {
  if (o.granularity == Granularity::head) return;
  if (!facts_of_score(o.score).scores_features) {
    const std::string able = scores_that(&attention::ScoreFacts::scores_features);
    checks.fail("granularity", str("feature requires score: ", able, ", not ", o.score),
                str("use score: ", able, ", or granularity: head"));
  }
  if (!facts_of_align(o.align).aligns_features) {
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
  const attention::PositionFacts& position = facts_of_position(o.position);
  const attention::ScoreFacts& score = facts_of_score(o.score);
  if (position.turns_pairs && !score.is_product) {
    checks.fail("position",
                str(o.position, " rotates queries and keys, which score ", o.score, " mixes"),
                "use score: scaled_dot, or another position");
  }
  if (position.needs_plain_product && !score.is_plain_product) {
    checks.fail("position", str(o.position, " requires a dot product, not ", o.score),
                "use score: scaled_dot, or another position");
  }
}

void check_key_value_heads(const AttentionOptions& o, config::Checks& checks) {
  if (o.key_value_heads == 0) return;
  const std::int64_t heads = resolved(o).heads;
  config::check_divides(checks, "key_value_heads", o.key_value_heads, "heads", heads);
  if (!facts_of_score(o.score).is_product && o.key_value_heads != heads) {
    checks.fail("key_value_heads", str("score ", o.score, " has parameters per key head"),
                "remove it, or use score: scaled_dot");
  }
}

}  // namespace

std::vector<std::string> score_names() {
  return attention::names_of(attention::score_facts());
}

std::vector<std::string> score_names_and_aliases() {
  std::vector<std::string> names = score_names();
  for (const attention::ScoreFacts& facts : attention::score_facts())
    names.insert(names.end(), facts.aliases.begin(), facts.aliases.end());
  return names;
}

std::vector<std::string> align_names() {
  return attention::names_of(attention::align_facts());
}

std::vector<std::string> position_names() {
  std::vector<std::string> names = attention::names_of(attention::position_facts());
  names.insert(names.begin(), "none");
  return names;
}

AttentionOptions resolved(AttentionOptions options, bool is_step) {
  const bool is_plain = options.project == AttentionProjection::none;
  const bool is_single = is_plain || is_step || options.granularity == Granularity::feature ||
                         facts_of_score(options.score).is_by_place;
  if (options.heads == 0) options.heads = is_single ? 1 : 8;
  if (options.project == AttentionProjection::auto_) {
    options.project =
        is_step && options.heads == 1 ? AttentionProjection::none : AttentionProjection::qkv;
  }
  return options;
}

bool draws_keys(const AttentionOptions& options) {
  return facts_of_align(options.align).chooses_keys && options.hard.select == HardSelection::sample;
}

bool has_projections(const AttentionOptions& options) {
  return resolved(options).project == AttentionProjection::qkv;
}

void AttentionOptions::check(const Self& o, config::Checks& checks) {
  if (o.project == AttentionProjection::none && o.heads > 1) {
    checks.fail("heads", str(o.heads, " heads need projections, but project is none"),
                "use heads: 1, or project: qkv");
  }
  check_window(o, checks);
  check_place(o, checks);
  check_features(o, checks);
  check_position(o, checks);
  check_key_value_heads(o, checks);
}

}  // namespace regard
