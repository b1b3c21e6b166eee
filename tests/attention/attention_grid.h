#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "regard/attention/attention.h"

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
  /// Without projections queries and sources have one width.
  std::int64_t memory_dim() const {
    return options.project == AttentionProjection::none ? kDim : kMemoryDim;
  }
  bool is_local() const { return options.window > 0; }
  bool is_hard() const { return options.align == "hard"; }
  bool is_predictive() const { return options.align == "local_p"; }
  /// Whether exactly the allowed keys get weight.
  bool is_exact() const { return !is_hard() && !is_predictive(); }
  bool has_structure() const { return options.mask != AttentionMask::none; }
  /// Whether a decoder may use it: no query sees a later key.
  bool is_for_decoders() const {
    return options.mask == AttentionMask::causal || options.mask == AttentionMask::forward;
  }
  /// Whether a query of sentence `row` may see a key: the definition, pair by pair.
  bool allows(std::int64_t row, std::int64_t query, std::int64_t key) const {
    const std::int64_t length = lengths()[static_cast<std::size_t>(row)];
    if (key >= length) return false;
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

/// Every registered score, align and mask, each layout of heads, without and with padding.
inline std::vector<GridCase> attention_grid() {
  std::vector<GridCase> cases;
  for (const std::string& score : score_names()) {
    for (const std::string& align : align_names()) {
      for (const AttentionMask mask : config::enum_table<AttentionMask>().values) {
        for (const AttentionOptions& layout : head_layouts()) {
          for (const bool is_padded : {false, true}) {
            GridCase grid_case;
            grid_case.options = layout;
            grid_case.options.score = score;
            grid_case.options.align = align;
            grid_case.options.mask = mask;
            grid_case.is_padded = is_padded;
            grid_case.options.window = align.starts_with("local") ? 2 : 0;
            if (is_in_grid(grid_case.options)) cases.push_back(grid_case);
          }
        }
      }
    }
  }
  return cases;
}

inline std::string name_of_case(const GridCase& grid_case) {
  const AttentionOptions& options = grid_case.options;
  return options.score + "_" + options.align + "_" + config::word_of(options.mask) + "_" +
         std::to_string(options.heads) + "_" + config::word_of(options.project) + "_" +
         config::word_of(options.merge) + (grid_case.is_padded ? "_padded" : "");
}

/// An attention in float64 whose parameters are all drawn at random.
inline Attention random_attention(const AttentionOptions& options, std::int64_t memory_dim = kDim,
                                  std::uint64_t seed = 1) {
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

}  // namespace regard::test
