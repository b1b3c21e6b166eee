#pragma once

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

#include "regard/attention/attention.h"
#include "regard/attention/facts.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard::test {

constexpr std::int64_t kBatch = 3;
constexpr std::int64_t kPositions = 5;
constexpr std::int64_t kDim = 8;
constexpr std::int64_t kMemoryDim = 6;

inline const ForwardContext kEvaluation{};

/// One combination of the axes, with or without padding.
struct GridCase {
  AttentionOptions options;
  bool is_padded = false;

  std::vector<std::int64_t> lengths() const {
    return is_padded ? std::vector<std::int64_t>{5, 1, 3} : std::vector<std::int64_t>(3, 5);
  }
  SequenceMask mask() const { return mask_of(lengths()); }
  static SequenceMask mask_of(const std::vector<std::int64_t>& lengths) {
    return make_sequence_mask(torch::tensor(lengths, torch::kInt64), kPositions);
  }
  /// Width of the source: another one than that of the queries where the score allows it.
  std::int64_t memory_dim() const {
    const bool needs_equal = attention::facts_of_score(options.score).is_product;
    return options.project == AttentionProjection::none && needs_equal ? kDim : kMemoryDim;
  }
  bool has_features() const { return options.granularity == Granularity::feature; }
  /// Number of distributions over a source of that width.
  std::int64_t distributions(std::int64_t source_dim) const {
    if (!has_features()) return options.heads;
    return options.project == AttentionProjection::none ? source_dim : kDim;
  }
  /// Width of the context over a source of that width.
  std::int64_t context_dim(std::int64_t source_dim) const {
    return options.project == AttentionProjection::none ? source_dim : kDim;
  }
  bool has_position() const { return options.position != "none"; }
  bool is_location() const { return attention::facts_of_score(options.score).is_by_place; }
  /// Whether the score does not know the last keys of a whole sentence.
  bool is_cut() const { return is_location() && options.max_source < kPositions; }
  bool is_local() const { return options.window > 0; }
  bool is_hard() const { return attention::facts_of_align(options.align).chooses_keys; }
  bool is_predictive() const { return attention::facts_of_align(options.align).predicts_place; }
  /// Whether exactly the allowed keys get weight.
  bool is_exact() const { return !is_hard() && !is_predictive(); }
  bool has_structure() const { return options.mask != AttentionMask::none; }
  /// Whether the fused kernel may compute it when nobody asks for weights.
  bool is_fusable() const {
    const bool is_product = options.score != "additive" && options.score != "location";
    return is_product && options.align == "softmax" && options.clip == 0.0 &&
           options.position != "shaw";
  }
  /// Whether a decoder may use it: no query sees a later key.
  bool is_for_decoders() const {
    return options.mask == AttentionMask::causal || options.mask == AttentionMask::forward;
  }
  /// Whether a query of sentence `row` may see a key: the definition, pair by pair.
  bool allows(std::int64_t row, std::int64_t query, std::int64_t key) const {
    const std::int64_t length = lengths()[static_cast<std::size_t>(row)];
    if (key >= length || (is_location() && key >= options.max_source)) return false;
    if (options.align == "local_m" && std::abs(key - std::min(query, length - 1)) > options.window)
      return false;
    switch (options.mask) {
      case AttentionMask::none:
        return true;
      case AttentionMask::causal:
        return key <= query;
      case AttentionMask::forward:
        return key < query;
      case AttentionMask::backward:
        return key > query;
      case AttentionMask::diagonal:
        return key != query;
    }
    return false;
  }
  bool allows_any(std::int64_t row, std::int64_t query) const {
    for (std::int64_t key = 0; key < kPositions; ++key) {
      if (allows(row, query, key)) return true;
    }
    return false;
  }
};

/// One head with and without projections; four, side by side and averaged.
inline std::vector<AttentionOptions> head_layouts() {
  std::vector<AttentionOptions> layouts(4);
  for (AttentionOptions& layout : layouts)
    layout.project = AttentionProjection::qkv;
  layouts[0].heads = 1;
  layouts[1].heads = 1;
  layouts[1].project = AttentionProjection::none;
  layouts[2].heads = 4;
  layouts[3].heads = 4;
  layouts[3].merge = HeadMerge::mean;
  return layouts;
}

/// Everything with the softmax; the other alignments with one product and one network as score, and
/// with the masks and layouts that translation uses.
inline bool is_in_grid(const AttentionOptions& options) {
  const bool is_usual_score = options.score == "scaled_dot" || options.score == "additive";
  const bool is_usual_mask =
      options.mask == AttentionMask::none || options.mask == AttentionMask::causal;
  const bool is_usual_layout =
      options.project == AttentionProjection::qkv && options.merge == HeadMerge::concat;
  return options.align == "softmax" || (is_usual_score && is_usual_mask && is_usual_layout);
}

using OptionsList = std::vector<AttentionOptions>;

/// Every registered score and align under each layout of heads; the location score apart.
inline void add_scores_and_aligns(AttentionMask mask, OptionsList& list) {
  for (const std::string& score : score_names()) {
    if (score == "location") continue;
    for (const std::string& align : align_names()) {
      for (AttentionOptions options : head_layouts()) {
        options.score = score;
        options.align = align;
        options.mask = mask;
        options.window = align.starts_with("local") ? 2 : 0;
        if (is_in_grid(options)) list.push_back(options);
      }
    }
  }
}

/// What has one head, with and without projections: the location score, which knows fewer or more
/// keys than there are, and a distribution for each feature in its two forms.
inline void add_single_heads(AttentionMask mask, OptionsList& list) {
  for (const auto project : {AttentionProjection::qkv, AttentionProjection::none}) {
    AttentionOptions options;
    options.heads = 1;
    options.mask = mask;
    options.project = project;
    for (const std::int64_t max_source : {3, 7}) {
      options.score = "location";
      options.max_source = max_source;
      list.push_back(options);
    }
    options.score = "additive";
    options.max_source = 0;
    options.granularity = Granularity::feature;
    list.push_back(options);
    options.clip = 5.0;
    list.push_back(options);
  }
}

/// Fewer heads of keys and values than of queries, with and without positions, and whatever else a
/// position may be combined with.
inline void add_positions_and_shared_heads(AttentionMask mask, OptionsList& list) {
  for (const std::string& score : score_names()) {
    const attention::ScoreFacts& facts = attention::facts_of_score(score);
    for (const std::string& position : position_names()) {
      const attention::PositionFacts& place = attention::facts_of_position(position);
      if (place.needs_plain_product && !facts.is_plain_product) continue;
      if (place.turns_pairs && !facts.is_product) continue;
      for (const std::int64_t key_value_heads : {0, 1, 2}) {
        if (position == "none" && key_value_heads == 0) continue;  // add_scores_and_aligns
        if (!facts.is_product && key_value_heads != 0) continue;
        AttentionOptions options;
        options.heads = facts.is_by_place ? 1 : 4;
        options.key_value_heads = key_value_heads;
        options.project = AttentionProjection::qkv;
        options.score = score;
        options.max_source = facts.is_by_place ? 3 : 0;
        options.mask = mask;
        options.position = position;
        options.max_distance = position == "shaw" ? 2 : options.max_distance;
        list.push_back(options);
      }
    }
  }
}

/// What changes the scores of several heads alone.
inline void add_clipped(AttentionMask mask, OptionsList& list) {
  for (const std::string& position : position_names()) {
    AttentionOptions options;
    options.heads = 2;
    options.project = AttentionProjection::qkv;
    options.mask = mask;
    options.position = position;
    options.max_distance = position == "shaw" ? 2 : options.max_distance;
    options.clip = 1.5;
    list.push_back(options);
  }
}

/// Everything that the options allow, as far as it makes a difference here, without and with
/// padding.
inline std::vector<GridCase> attention_grid() {
  OptionsList list;
  for (const AttentionMask mask : config::enum_table<AttentionMask>().values) {
    add_scores_and_aligns(mask, list);
    add_single_heads(mask, list);
    if (mask != AttentionMask::none && mask != AttentionMask::causal) continue;
    add_positions_and_shared_heads(mask, list);
    add_clipped(mask, list);
  }
  std::vector<GridCase> cases;
  for (const AttentionOptions& options : list) {
    cases.push_back({options, false});
    cases.push_back({options, true});
  }
  return cases;
}

inline std::string name_of_case(const GridCase& grid_case) {
  const AttentionOptions& options = grid_case.options;
  std::string name = options.score + "_" + options.align + "_" + config::word_of(options.mask) +
                     "_" + std::to_string(options.heads) + "_" + config::word_of(options.project) +
                     "_" + config::word_of(options.merge);
  if (grid_case.has_features()) name += "_feature";
  if (options.clip > 0.0) name += "_clipped";
  if (grid_case.has_position()) name += "_" + options.position;
  if (options.key_value_heads > 0) name += "_of_" + std::to_string(options.key_value_heads);
  if (grid_case.is_location()) name += "_first_" + std::to_string(options.max_source);
  return name + (grid_case.is_padded ? "_padded" : "");
}

/// What GoogleTest prints of a case.
inline void PrintTo(const GridCase& grid_case, std::ostream* out) {
  *out << name_of_case(grid_case);
}

/// An attention in float64 whose parameters are all drawn at random.
inline Attention random_attention(const AttentionOptions& options, std::int64_t memory_dim = kDim,
                                  std::uint64_t seed = 1) {
  // So small tensors gain nothing from threads, and waiting for them costs much on a busy machine.
  at::set_num_threads(1);
  Attention attention(options, AttentionSizes{kDim, memory_dim, 0.0});
  randomise_parameters(*attention, seed);
  return attention;
}

/// fused: nobody asks for weights. explicit_path: somebody does.
inline AttentionCall fused() {
  return {kEvaluation, false, 0};
}
inline AttentionCall explicit_path() {
  return {kEvaluation, true, 0};
}
/// One call for each path that computes it.
inline std::vector<AttentionCall> paths_of(const GridCase& grid_case) {
  return grid_case.is_fusable() ? std::vector<AttentionCall>{fused(), explicit_path()}
                                : std::vector<AttentionCall>{explicit_path()};
}

}  // namespace regard::test
