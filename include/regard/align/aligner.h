#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "regard/align/parallel_text.h"
#include "regard/core/stop_flag.h"
#include "regard/metrics/alignment_error.h"

namespace regard {

struct AlignOptions {
  int lexical_passes = 2;   ///< of IBM model 1
  int diagonal_passes = 3;  ///< of model 2 with a diagonal prior
  int hmm_passes = 4;       ///< of the hidden Markov model
  double null = 0.08;       ///< probability of a word without a counterpart, above 0, below 1
  double tension = 4;       ///< how strongly model 2 prefers the diagonal, at least 0
  double alpha = 0.01;      ///< Dirichlet prior of the translation probabilities; 0 = none
  int num_threads = 1;      ///< changes nothing but the time
  /// Where the table of pairs of words would take more, pairs that are hardly associated are left
  /// out. 0 = no limit.
  std::uint64_t max_table_bytes = 0;
};

/// Where a pass is.
struct AlignProgress {
  int pass = 0;  ///< counted from 1
  int num_passes = 0;
  std::string_view model;  ///< of this pass: "IBM 1", "diagonal" or "HMM"
  std::int64_t num_done = 0;
  std::int64_t num_pairs = 0;
};

/// Links of a sentence pair in each direction: forward has at most one for a target word, reverse
/// at most one for a source word. All are source-target.
struct DirectedLinks {
  Links forward;
  Links reverse;
};

/// Learns which words of a parallel text belong together, by expectation maximisation in both
/// directions: IBM model 1 (Brown et al. 1993), then model 2 with a diagonal prior (Dyer, Chahuneau
/// and Smith 2013), then a hidden Markov model (Vogel, Ney and Tillmann 1996; Och and Ney 2003).
/// The result is a function of text and options; the number of threads changes nothing.
///
/// Memory, besides the text: 42 bytes for each pair of words that stand together in some sentence
/// pair (AlignOptions::max_table_bytes bounds that), 24 for each form, and while the table is made
/// 4 for each word of the source; for each thread 12 for each form of the target and 48 for each
/// pair of words of the longest sentence pair.
class Aligner {
 public:
  /// `text` must outlive this. Throws UserError for options outside their ranges.
  Aligner(const ParallelText& text, const AlignOptions& options);
  ~Aligner();

  using OnProgress = std::function<void(const AlignProgress&)>;

  int num_passes() const;
  int num_passes_done() const;
  std::uint64_t num_table_bytes() const;
  std::int64_t num_table_pairs() const;
  /// Pairs of words that max_table_bytes left out.
  std::int64_t num_pairs_left_out() const;

  /// One more pass over the text; there must be one left. False when `stop`, which may be null,
  /// asked to stop: such a pass must be repeated by an aligner with the state before it.
  bool run_pass(const StopFlag* stop, const OnProgress& on_progress);
  /// Cross-entropy of the last pass: bits a target word given the source, and the reverse.
  double forward_entropy() const;
  double reverse_entropy() const;

  /// Links of pairs [begin, begin + count) by their posterior probabilities.
  std::vector<DirectedLinks> links(std::int64_t begin, std::int64_t count) const;

  /// Saves what the passes learned to a file, atomically: 8 bytes per entry of the table.
  void save(const std::filesystem::path& path) const;
  /// Resumes from such a file; false when there is none. Throws UserError when it is damaged, or
  /// was made from another text or with other options (num_threads may differ).
  bool restore(const std::filesystem::path& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regard
