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
  auto_,  ///< none for the one head of an rnn decoder, else qkv
  qkv,    ///< three linear maps, and one after the heads were joined
  none,   ///< query, keys and values are the vectors themselves, and so is the context
};
REGARD_ENUM(AttentionProjection, auto_, qkv, none);

/// What has a distribution over the keys of its own.
enum class Granularity {
  head,     ///< each head
  feature,  ///< each feature of the values (Shen et al. 2018, "multi-dimensional")
};
REGARD_ENUM(Granularity, head, feature);

/// The function inside an additive score.
enum class ScoreActivation { tanh, elu };
REGARD_ENUM(ScoreActivation, tanh, elu);

/// How hard attention chooses its keys.
enum class HardSelection { sample, gumbel, threshold };
REGARD_ENUM(HardSelection, sample, gumbel, threshold);

/// What a choice by sample or gumbel is outside training.
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
  double mix_soft = 0.5;
  double baseline_decay = 0.9;
  double reward = 0.1;
  double entropy = 0.002;

  friend bool operator==(const HardOptions&, const HardOptions&) = default;

  static void describe(auto&& field) {
    REGARD_FIELD(
        select,
        "gumbel = one key is sampled in training, with straight-through gradients (Jang et "
        "al. 2017); sample = one key is sampled, trained with REINFORCE (Xu et al. 2015), "
        "only in rnn decoders; threshold = all keys whose weight is at least "
        "`threshold`.");
    REGARD_FIELD(temperature, "Temperature of the softmax whose gradient is used.",
                 config::between(0.01, 100.0), config::only_with("select", {"gumbel"}));
    REGARD_FIELD(threshold, "Weights below it become 0; 0 = keep all.", config::between(0.0, 1.0),
                 config::only_with("select", {"threshold"}));
    REGARD_FIELD(inference, "What is used outside training: the most probable key, or the mixture.",
                 config::only_with("select", {"sample", "gumbel"}));
    REGARD_FIELD(mix_soft,
                 "Fraction of tokens that use the mixture of all keys instead of a sample.",
                 config::between(0.0, 1.0), config::only_with("select", {"sample"}));
    REGARD_FIELD(baseline_decay, "Decay of the running mean that is the baseline of the rewards.",
                 config::between(0.0, 0.999999), config::only_with("select", {"sample"}));
    REGARD_FIELD(reward, "Weight of the reward, the log-probability of the token.",
                 config::between(0.0, 1000.0), config::only_with("select", {"sample"}));
    REGARD_FIELD(entropy, "Weight of the entropy bonus, which encourages exploration.",
                 config::between(0.0, 1000.0), config::only_with("select", {"sample"}));
  }
};
REGARD_DESCRIBED(HardOptions);

/// Names in the registry (facts.h).
std::vector<std::string> score_names();
/// The same and other names that papers have for them ("concat").
std::vector<std::string> score_names_and_aliases();
std::vector<std::string> align_names();
/// "none" and those of the registry.
std::vector<std::string> position_names();

/// One attention: project -> score -> mask -> align -> fuse -> merge. A paper is a choice of these
/// values.
struct AttentionOptions {
  using Self = AttentionOptions;
  std::int64_t heads = 0;
  std::int64_t key_value_heads = 0;
  std::string score = "scaled_dot";
  std::string align = "softmax";
  AttentionMask mask = AttentionMask::none;
  Granularity granularity = Granularity::head;
  std::string position = "none";
  std::int64_t max_distance = 16;
  AttentionProjection project = AttentionProjection::auto_;
  HeadMerge merge = HeadMerge::concat;
  bool bias = true;
  std::int64_t hidden = 0;
  ScoreActivation activation = ScoreActivation::tanh;
  double clip = 0.0;
  std::int64_t window = 0;
  std::int64_t max_source = 0;
  HardOptions hard;

  static void describe(auto&& field) {
    REGARD_FIELD(heads,
                 "Number of attention heads; must divide model.dim; 0 = 8, or 1 in an rnn decoder "
                 "or without projections.",
                 config::between(0, 1024));
    REGARD_FIELD(key_value_heads,
                 "Number of key-value heads, each shared by several query heads (Ainslie et al. "
                 "2023); must divide heads; 0 = same as heads.",
                 config::between(0, 1024));
    REGARD_FIELD(score, "Score function of a query and a key.",
                 config::one_of(score_names_and_aliases()));
    REGARD_FIELD(align, "How scores are turned into attention weights.",
                 config::one_of(align_names()));
    REGARD_FIELD(mask, "Which positions a query may attend to; padding is always masked.");
    REGARD_FIELD(granularity,
                 "feature = one distribution per feature instead of per head, with an additive "
                 "score of that many values. With clip the hidden layer is the score, as in DiSAN "
                 "(Shen et al. 2018); without clip a matrix follows.");
    REGARD_FIELD(position,
                 "Relative positions in self-attention: shaw = learned vectors per distance, rope "
                 "= rotations, alibi = a penalty proportional to the distance.",
                 config::one_of(position_names()));
    REGARD_FIELD(max_distance, "Larger distances are clipped to this one.",
                 config::between(1, 65536), config::unit("tokens"),
                 config::only_with("position", {"shaw"}));
    REGARD_FIELD(project,
                 "Linear projections before the score and after combining the heads; none requires "
                 "one head; auto = none in an rnn decoder with one head, else qkv.");
    REGARD_FIELD(merge, "How the contexts of the heads are combined.");
    REGARD_FIELD(bias, "Whether the projections have a bias.");
    REGARD_FIELD(hidden, "Width of the score's hidden layer; 0 = the width of a head.",
                 config::between(0, 65536),
                 config::only_with("score", {"additive", "concat", "mlp"}));
    REGARD_FIELD(activation, "Activation of the score's hidden layer.",
                 config::only_with("score", {"additive", "concat", "mlp"}));
    REGARD_FIELD(clip, "Scores z become clip * tanh(z / clip); 0 = no clipping.",
                 config::between(0.0, 1000.0));
    REGARD_FIELD(window, "Number of keys on each side of the center that are attended to.",
                 config::between(0, 65536), config::only_with("align", {"local_m", "local_p"}));
    REGARD_FIELD(max_source,
                 "Maximum number of source positions; later ones are never attended to.",
                 config::between(0, 65536), config::unit("tokens"),
                 config::only_with("score", {"location"}));
    REGARD_FIELD(hard, "How keys are selected.", config::only_with("align", {"hard"}));
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(AttentionOptions);

/// `options` with heads and project chosen where they are left open; `is_step` = the attention of
/// an rnn decoder. Idempotent.
AttentionOptions resolved(AttentionOptions options, bool is_step = false);

/// Whether it draws its keys while training and learns by reward (hard attention by sampling).
bool draws_keys(const AttentionOptions& options);

/// Whether its queries, keys, values and result have weights of their own. Of an attention that
/// stands in a block.
bool has_projections(const AttentionOptions& options);

}  // namespace regard
