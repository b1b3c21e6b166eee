#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/config/describe.h"

namespace regard {

/// Which keys a query may see by position. Padding is always masked on top.
enum class AttentionMask {
  none,      ///< every key
  causal,    ///< key position <= query position
  forward,   ///< key position < query position
  backward,  ///< key position > query position
  diagonal,  ///< key position != query position
};
REGARD_ENUM(AttentionMask, none, causal, forward, backward, diagonal);

/// How the contexts of the heads become one vector.
enum class HeadMerge {
  concat,  ///< side by side
  mean,    ///< averaged
};
REGARD_ENUM(HeadMerge, concat, mean);

/// What query, key and value are before the score.
enum class AttentionProjection {
  qkv,   ///< three linear maps, and one after the heads were joined
  none,  ///< query, keys and values are the vectors themselves, and so is the context
};
REGARD_ENUM(AttentionProjection, qkv, none);

/// The function inside an additive score.
enum class ScoreActivation { tanh, elu };
REGARD_ENUM(ScoreActivation, tanh, elu);

/// How hard attention chooses its keys.
enum class HardSelection { gumbel, threshold };
REGARD_ENUM(HardSelection, gumbel, threshold);

/// What a choice by gumbel is outside training.
enum class HardInference {
  argmax,    ///< the most probable key
  expected,  ///< the mixture of all keys
};
REGARD_ENUM(HardInference, argmax, expected);

struct HardOptions {
  using Self = HardOptions;
  HardSelection select = HardSelection::gumbel;
  double temperature = 1.0;
  double threshold = 0.1;
  HardInference inference = HardInference::argmax;

  static void describe(auto&& field) {
    REGARD_FIELD(select,
                 "gumbel = one key drawn while training, gradients straight through (Jang et al. "
                 "2017); threshold = all keys whose weight is at least `threshold`.");
    REGARD_FIELD(temperature, "Gumbel: of the softmax whose gradient is used.",
                 config::between(0.01, 100.0));
    REGARD_FIELD(threshold, "Threshold: weights below it become 0; 0 = none does.",
                 config::between(0.0, 1.0));
    REGARD_FIELD(inference, "Gumbel: what is taken outside training.");
  }
};
REGARD_DESCRIBED(HardOptions);

/// Names in the registry (src/attention/registry.cpp).
std::vector<std::string> score_names();
/// The same and other names that papers have for them ("concat").
std::vector<std::string> score_names_and_aliases();
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
  std::int64_t hidden = 0;
  ScoreActivation activation = ScoreActivation::tanh;
  double clip = 0.0;
  std::int64_t window = 0;
  HardOptions hard;

  static void describe(auto&& field) {
    REGARD_FIELD(heads, "Number of separate attention distributions; divides model.dim.",
                 config::at_least(1));
    REGARD_FIELD(score, "How well a query and a key match.",
                 config::one_of(score_names_and_aliases()));
    REGARD_FIELD(align, "How scores become weights.", config::one_of(align_names()));
    REGARD_FIELD(mask, "Which positions a query may see, beside padding.");
    REGARD_FIELD(project,
                 "Linear maps before the score and after the joining of the heads; none allows one "
                 "head only.");
    REGARD_FIELD(merge, "How the heads' contexts are joined.");
    REGARD_FIELD(bias, "Whether the projections have a bias.");
    REGARD_FIELD(hidden, "Additive score: width of its hidden layer; 0 = that of a head.",
                 config::between(0, 65536));
    REGARD_FIELD(activation, "Additive score: its activation.");
    REGARD_FIELD(clip, "Scores z become clip * tanh(z / clip); 0 = as they are.",
                 config::between(0.0, 1000.0));
    REGARD_FIELD(window, "Local alignments: keys this far from the centre are looked at.",
                 config::between(0, 65536));
    REGARD_FIELD(hard, "Hard alignment: how keys are chosen.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(AttentionOptions);

}  // namespace regard
