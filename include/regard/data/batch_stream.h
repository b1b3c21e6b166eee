#pragma once

#include <cstdint>
#include <memory>

#include "regard/core/profile.h"
#include "regard/core/random.h"
#include "regard/data/batch_maker.h"
#include "regard/data/batch_planner.h"
#include "regard/data/stream_position.h"

namespace regard {

struct BatchStreamOptions {
  PlanOptions plan;
  std::uint64_t seed = 1;
  std::size_t prefetch = 8;    ///< batches made ahead of time
  Profile* profile = nullptr;  ///< null: times are not taken
};

struct StreamedBatch {
  Batch batch;
  StreamPosition position;  ///< of this batch
  StreamPosition next;      ///< of the one after it; another epoch when this one is complete
};

/// The batches of a corpus, epoch after epoch without end, made on a thread of its own. Batch
/// (epoch, batch) is a function of the corpus, the options and the seed alone, so a stream can
/// start anywhere.
class BatchStream {
 public:
  BatchStream(std::shared_ptr<const BatchMaker> maker, const BatchStreamOptions& options,
              StreamPosition start = {});
  ~BatchStream();
  BatchStream(const BatchStream&) = delete;
  BatchStream& operator=(const BatchStream&) = delete;

  /// Waits for the next batch. Rethrows what stopped the thread.
  StreamedBatch next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regard
