#include "regard/attention/attention_options.h"

#include "regard/core/strings.h"

namespace regard {

void AttentionOptions::check(const Self& o, config::Checks& checks) {
  const bool is_additive = o.score == "additive" || o.score == "concat" || o.score == "mlp";
  if (o.project == AttentionProjection::none && o.heads != 1) {
    checks.fail("heads", str(o.heads, " heads need projections, but project is none"),
                "use heads: 1, or project: qkv");
  }
  if (o.hidden != 0 && !is_additive) {
    checks.fail("hidden", str("only the additive score has a hidden layer, not ", o.score),
                "remove it, or use score: additive");
  }
  if (o.activation != ScoreActivation::tanh && !is_additive) {
    checks.fail("activation", str("only the additive score has an activation, not ", o.score),
                "remove it, or use score: additive");
  }
  const bool is_local = o.align == "local_m" || o.align == "local_p";
  if (is_local && o.window == 0) {
    checks.fail("window", str(o.align, " needs a window"), "set it, for example to 10");
  }
  if (!is_local && o.window != 0) {
    checks.fail("window", str("align ", o.align, " looks at every key"),
                "remove it, or use align: local_m or local_p");
  }
}

}  // namespace regard
