#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "regard/data/batch.h"
#include "regard/data/batch_planner.h"
#include "regard/train/updater.h"

namespace regard {

/// The longest source and the longest target of a corpus, in subwords without end marks; where one
/// has more than 1,024, the longest pair as it is.
PairLengths longest_sides(std::span<const PairLengths> lengths);

/// A batch that takes at least the memory of any batch of this budget from a corpus with these
/// longest sides: full to the budget, without padding. On the CPU. With `has_links`, an attention
/// is guided.
Batch largest_batch(const PairLengths& longest, std::int64_t batch_tokens, const BatchIds& ids,
                    bool has_links = false);

/// What training takes of a device.
struct MemoryNeed {
  bool fits = true;        ///< whether the largest batch found memory at all
  std::int64_t bytes = 0;  ///< at most, about, moments of the optimiser included
  std::int64_t limit = 0;  ///< see memory_limit(); 0 = not known
  std::int64_t rows = 0;   ///< of the batch that was tried
  PairLengths longest;     ///< its sides
};

/// Makes a forward and a backward pass of the largest batch, of which nothing remains but the
/// number.
MemoryNeed memory_need(Updater& updater, const PairLengths& longest, std::int64_t batch_tokens,
                       const BatchIds& ids, bool has_links = false);

/// For training.batch_tokens: auto: the largest budget, a multiple of 256, that is expected to need
/// at most four fifths of the memory limit, or 8,192 (on a GPU 65,536) if that is less. Two small
/// batches tell how much a subword takes.
std::int64_t fitting_batch_tokens(Updater& updater, const PairLengths& longest, const BatchIds& ids,
                                  bool has_links = false);

}  // namespace regard
