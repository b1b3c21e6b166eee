#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/config/describe.h"

namespace regard {

/// Which keys a query may see by position. Padding is always masked on top.
enum class AttentionMask {
  none,    ///< every key
  causal,  ///< key position <= query position
};
REGARD_ENUM(AttentionMask, none, causal);

/// How the contexts of the heads become one vector.
enum class HeadMerge { concat };
REGARD_ENUM(HeadMerge, concat);

/// What query, key and value are before the score.
enum class AttentionProjection { qkv };
REGARD_ENUM(AttentionProjection, qkv);

/// Names in the registry (src/attention/registry.cpp).
std::vector<std::string> score_names();
std::vector<std::string> align_names();

/// One attention: project -> score -> mask -> align -> fuse -> merge. A paper is a choice of these
/// values.
struct AttentionOptions {
  using Self = AttentionOptions;
  std::int64_t heads = 8;
  std::string score = "scaled_dot";
  std::string align = "softmax";
  AttentionMask mask = AttentionMask::none;
  AttentionProjection project = AttentionProjection::qkv;
  HeadMerge merge = HeadMerge::concat;
  bool bias = true;

  static void describe(auto&& field) {
    REGARD_FIELD(heads, "Number of separate attention distributions; divides model.dim.",
                 config::at_least(1));
    REGARD_FIELD(score, "How well a query and a key match.", config::one_of(score_names()));
    REGARD_FIELD(align, "How scores become weights.", config::one_of(align_names()));
    REGARD_FIELD(mask, "Which positions a query may see, beside padding.");
    REGARD_FIELD(project, "Linear maps before the score.");
    REGARD_FIELD(merge, "How the heads' contexts are joined.");
    REGARD_FIELD(bias, "Whether the projections have a bias.");
  }
};
REGARD_DESCRIBED(AttentionOptions);

}  // namespace regard
