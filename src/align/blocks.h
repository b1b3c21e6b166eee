#pragma once

#include <cstdint>
#include <functional>

namespace regard {

/// Items [begin, end) for one of the threads, which are numbered from 0.
struct Block {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  int thread = 0;
};

struct BlockPlan {
  std::int64_t num_items = 0;
  std::int64_t block_size = 1;  ///< at least 1
  int num_threads = 1;          ///< at least 1
  /// Called now and then by the calling thread with the items that are done; false ends the work
  /// early. May be empty.
  std::function<bool(std::int64_t)> on_progress = {};
};

/// Does `work` for all blocks, each by whichever thread is free; the caller's is one of them. What
/// `work` throws ends all and is thrown again. Returns whether everything was done.
bool run_blocks(const BlockPlan& plan, const std::function<void(const Block&)>& work);

}  // namespace regard
