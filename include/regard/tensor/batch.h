#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "regard/engine/token_batch.h"
#include "regard/engine/token_roles.h"

namespace regard {

/// Padded sentences with their true lengths.
struct Sequences {
  torch::Tensor ids;      ///< [rows, positions], int64
  torch::Tensor lengths;  ///< [rows], int64
  /// [tokens] int64: where the real tokens stand in ids.flatten(), in order; undefined = not known.
  /// Made where the lengths are, so that a device need not be waited for.
  torch::Tensor places = {};

  Sequences to(const torch::Device& device) const;
};

/// What belongs together in a pair: source[i] with target[i], counted from 0 without marks.
struct PairLinks {
  std::span<const std::int32_t> source;
  std::span<const std::int32_t> target;
};

/// One batch of examples. Rows are sentences. What a task does not use is undefined.
struct Batch {
  Sequences source;             ///< with the end mark
  Sequences target_input;       ///< start mark, then the target
  torch::Tensor target_output;  ///< [rows, positions] the target, then the end mark
  /// [rows, target positions, source positions] float32: where a guided attention should look while
  /// the model says each target token; rows without a link are zeros. Undefined = no links are
  /// known.
  torch::Tensor guide = {};
  Sequences second = {};  ///< the other text of each row, with the end mark
  /// What the answer of each row should be, and where: [rows, ...] each, as the task wants it.
  std::vector<torch::Tensor> fields = {};
  torch::Tensor units = {};         ///< [rows] int64 on the CPU: what each row counts of
                                    ///< target_tokens; undefined = the tokens of its target
  std::vector<std::int64_t> pairs;  ///< which pair of the corpus each row is
  std::int64_t target_tokens = 0;   ///< end marks included, padding not
  std::int64_t source_tokens = 0;

  std::int64_t rows() const { return static_cast<std::int64_t>(pairs.size()); }
  Batch to(const torch::Device& device) const;
  /// The first half of the rows, which are at least two, and the others. Of a batch on the CPU.
  std::pair<Batch, Batch> halves() const;
};

/// Pads `sentences` to the longest, each after `prefix` (-1 = none) and before `suffix` (-1 =
/// none).
Sequences pad_sequences(const std::vector<TokenSpan>& sentences, std::int64_t prefix,
                        std::int64_t suffix, std::int64_t pad);

/// `sources` and `targets` are without marks and of the same number.
Batch make_batch(const std::vector<TokenSpan>& sources, const std::vector<TokenSpan>& targets,
                 std::vector<std::int64_t> pairs, const BatchIds& ids);

/// Batch::guide of linked subwords, a list for each row: a target token shares its attention evenly
/// among the source tokens it is linked with. Throws std::out_of_range for a link outside its pair.
torch::Tensor make_guide(const Batch& batch, const std::vector<PairLinks>& links);

}  // namespace regard
