#include "regard/layers/pool_options.h"

#include "regard/layers/layer_options.h"

namespace regard {

void PoolOptions::check(const Self& o, config::Checks& checks) {
  if (!o.attention) return;
  const AttentionOptions& attention = *o.attention;
  check_cross_attention(attention, "attention", checks);
  if (attention.heads > 1)
    checks.fail("attention.heads", "a pooling attention has one head", "leave it out");
  if (attention.project == AttentionProjection::qkv) {
    checks.fail("attention.project", "a pooling attention weighs the states themselves",
                "leave it out");
  }
  if (draws_keys(attention))
    checks.fail("attention.hard.select", "sample is of rnn decoders alone", "use gumbel");
}

PoolOptions resolved(PoolOptions options) {
  if (options.attention) {
    options.attention->heads = 1;
    options.attention->project = AttentionProjection::none;
    options.attention = resolved(*options.attention);
  } else if (options.kinds.empty()) {
    options.kinds = {PoolKind::mean};
  }
  return options;
}

std::int64_t pooled_width(const PoolOptions& options, std::int64_t width) {
  const PoolOptions full = resolved(options);
  return width * (static_cast<std::int64_t>(full.kinds.size()) + (full.attention ? 1 : 0));
}

}  // namespace regard
