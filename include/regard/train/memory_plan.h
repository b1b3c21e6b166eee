#pragma once

#include <cstdint>

#include "regard/data/batch_maker.h"
#include "regard/train/updater.h"

namespace regard {

/// What training takes of a device.
struct MemoryNeed {
  bool fits = true;         ///< whether the largest batch found memory at all
  std::int64_t bytes = 0;   ///< at most, about, moments of the optimizer included
  std::int64_t limit = 0;   ///< see memory_limit(); 0 = not known
  std::int64_t rows = 0;    ///< of the batch that was tried
  std::int64_t source = 0;  ///< subwords of each of its rows, marks included
  std::int64_t target = 0;  ///< of the other text; 0 = there is none
};

/// Makes a forward and a backward pass of the largest batch, of which nothing remains but the
/// number.
MemoryNeed memory_need(Updater& updater, const BatchMaker& batches, std::int64_t batch_tokens);

/// For training.batch_tokens: auto: the largest budget, a multiple of 256, that is expected to need
/// at most four fifths of the memory limit, or 8,192 (on a GPU 65,536) if that is less. Two small
/// batches tell how much a subword takes.
std::int64_t fitting_batch_tokens(Updater& updater, const BatchMaker& batches);

}  // namespace regard
