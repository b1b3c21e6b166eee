#pragma once

#include <cstdint>
#include <span>

#include "regard/data/batch_maker.h"
#include "regard/data/batch_planner.h"
#include "regard/text/tokenizer.h"

namespace regard {

struct PairBatchOptions {
  BatchIds ids;
  SamplingOptions sampling;  ///< subword sampling; needs a corpus that keeps its text
};

/// Batches of sentence pairs, with their links where the corpus has any.
class PairBatches final : public BatchMaker {
 public:
  /// `source` and `target` are used for subword sampling only.
  PairBatches(Corpus corpus, Tokenizer source, Tokenizer target, const PairBatchOptions& options);

  const Corpus& corpus() const override { return corpus_; }
  Batch make(std::span<const std::int64_t> pairs, const BatchNumber& number) const override;
  Batch largest(std::int64_t batch_tokens) const override;

 private:
  Batch make_sampled(std::span<const std::int64_t> pairs, const BatchNumber& number) const;

  Corpus corpus_;
  Tokenizer source_;
  Tokenizer target_;
  PairBatchOptions options_;
};

/// The longest source and the longest target of a corpus, in subwords without end marks; where one
/// has more than 1,024, the longest pair as it is.
PairLengths longest_sides(std::span<const PairLengths> lengths);

/// BatchMaker::largest() of a corpus with these longest sides. With `has_links`, an attention is
/// guided.
Batch largest_pair_batch(const PairLengths& longest, std::int64_t batch_tokens, const BatchIds& ids,
                         bool has_links = false);

}  // namespace regard
