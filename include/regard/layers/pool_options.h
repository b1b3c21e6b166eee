#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "regard/attention/attention_options.h"
#include "regard/config/describe.h"

namespace regard {

/// One vector of a sequence of states.
enum class PoolKind {
  mean,   ///< over the positions
  max,    ///< of each feature
  first,  ///< the state of the first position
  last,   ///< the state of the last position, the end mark
};
REGARD_ENUM(PoolKind, mean, max, first, last);

struct PoolOptions {
  using Self = PoolOptions;
  std::vector<PoolKind> kinds;
  std::optional<AttentionOptions> attention;

  static void describe(auto&& field) {
    REGARD_FIELD(kinds,
                 "Vectors that are put side by side: mean, max (of each feature), first or last "
                 "(the state of that position; the last one is the end mark). Empty without "
                 "attention = mean.");
    REGARD_FIELD(attention,
                 "A weighted mean, put beside the others, whose weights an attention with a "
                 "constant query computes: additive = v tanh(W h + b) (Yang et al. 2016), with "
                 "granularity: feature that of each feature (Shen et al. 2018, source2token). "
                 "Other scores learn a query.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(PoolOptions);

/// With what is left open filled in.
PoolOptions resolved(PoolOptions options);
/// Width of the pooled vector of states that are `width` wide.
std::int64_t pooled_width(const PoolOptions& options, std::int64_t width);

}  // namespace regard
