#pragma once

#include <cstdint>
#include <span>

#include "regard/data/corpus.h"
#include "regard/tensor/batch.h"

namespace regard {

/// Which batch of a run this is: all randomness of a batch derives from it.
struct BatchNumber {
  std::uint64_t seed = 1;
  std::int64_t epoch = 0;  ///< from 0
  std::int64_t batch = 0;  ///< within the epoch, from 0
};

/// Makes batches of the examples of a corpus. What an example is, is known to its task alone.
class BatchMaker {
 public:
  virtual ~BatchMaker() = default;
  virtual const Corpus& corpus() const = 0;
  /// On the CPU. A function of the arguments alone, so that a resumed run repeats it bit for bit;
  /// safe from several threads.
  virtual Batch make(std::span<const std::int64_t> examples, const BatchNumber& number) const = 0;
  /// A batch that takes at least the memory of any batch of this budget: full to the budget,
  /// without padding. On the CPU.
  virtual Batch largest(std::int64_t batch_tokens) const = 0;
};

}  // namespace regard
