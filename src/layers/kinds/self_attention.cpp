#include "regard/attention/facts.h"
#include "regard/core/strings.h"

#include "layers/kinds/kinds.h"

namespace regard::kinds {

namespace {

/// Alignments with a window around the query's own position.
std::string local_aligns() {
  std::vector<std::string> names;
  for (const attention::AlignFacts& facts : attention::align_facts()) {
    if (facts.has_window && facts.sees_order) names.push_back(facts.name);
  }
  return join(names, " or ");
}

bool sees_order(const SublayerOptions& sublayer) {
  const AttentionOptions& o = *sublayer.self_attention;
  const bool is_symmetric = o.mask == AttentionMask::none || o.mask == AttentionMask::diagonal;
  return !is_symmetric || o.position != "none" || attention::facts_of_align(o.align).sees_order;
}

std::optional<FutureSight> future_of_self(const SublayerOptions& sublayer) {
  const AttentionMask mask = sublayer.self_attention->mask;
  if (mask == AttentionMask::causal || mask == AttentionMask::forward) return std::nullopt;
  return FutureSight{"self_attention.mask", config::word_of(mask), "use causal"};
}

/// A place is predicted in a sequence that is complete: not in the decoder's own past, and of no
/// use where the query's own place is known.
void check_self(const SublayerOptions& sublayer, const std::string& path, config::Checks& checks) {
  const AttentionOptions& o = *sublayer.self_attention;
  const std::string own = path + ".self_attention";
  refuse_draws(o, own, checks);
  if (attention::facts_of_align(o.align).predicts_place) {
    checks.fail(own + ".align", str(o.align, " predicts a position in another sequence"),
                str("use ", local_aligns(), ", or ", o.align, " in cross_attention"));
  }
  if (attention::facts_of_score(o.score).is_by_place) {
    checks.fail(own + ".score", str(o.score, " attends to positions of another sequence"),
                str("use another score, or ", o.score, " in cross_attention"));
  }
}

}  // namespace

SublayerKind self_attention() {
  SublayerKind kind = plain("self_attention",
                            [](const SublayerOptions& o) { return o.self_attention.has_value(); });
  kind.parameters = [](const SublayerOptions& o, const SublayerWidths& widths) {
    return projection_weights(*o.self_attention, {widths.in, 0});
  };
  kind.sees_order = sees_order;
  kind.future = future_of_self;
  kind.is_token_wise = [](const SublayerOptions& o) { return has_projections(*o.self_attention); };
  kind.attention = [](const SublayerOptions& o) -> const AttentionOptions* {
    return &*o.self_attention;
  };
  kind.check = check_self;
  return kind;
}

}  // namespace regard::kinds
