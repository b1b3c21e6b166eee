#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "regard/align/aligner.h"

#include "align/pair_table.h"
#include "align/sentence_model.h"

namespace regard {

enum class PassKind { lexical, diagonal, hmm };

/// Jumps of both directions.
using JumpTables = std::array<JumpTable, 2>;

/// The links of one sentence pair after another, in both directions: scratch memory of a thread.
class PairPosteriors {
 public:
  /// Takes the probabilities of a pair from the table; false when a side has no words.
  bool load(const ParallelText& text, std::int64_t pair, const PairTable& table);

  /// Posterior probabilities of all links. Expected jumps and the logarithm of the probability are
  /// added to the sums below.
  void compute(PassKind kind, const JumpTables& jumps, const AlignOptions& options);

  /// Adds the expected links to the counts of the table.
  void count(PairTable& table) const;

  /// The most probable counterpart of each word, where none is less probable.
  DirectedLinks best_links() const;

  std::array<JumpCounts, 2> jump_counts;
  /// Logarithm of the probability of the last pair, forward and reverse.
  std::array<double, 2> log_probability = {0, 0};

 private:
  std::vector<std::int32_t> sources_;  ///< forms
  std::vector<std::int32_t> targets_;
  std::vector<std::int64_t> places_;  ///< in the table, [targets, sources]
  std::array<SentenceMatrix, 2> translation_;
  std::array<SentenceMatrix, 2> posteriors_;
  HiddenMarkovModel hmm_;
};

}  // namespace regard
