#include "align/blocks.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace regard {
namespace {

/// What the threads of one call share.
class BlockRun {
 public:
  BlockRun(const BlockPlan& plan, const std::function<void(const Block&)>& work)
      : plan_(plan), work_(work) {}

  /// Takes blocks until there is none.
  void take(int thread) noexcept {
    try {
      while (!is_ended_.load(std::memory_order_relaxed)) {
        const std::int64_t begin = next_.fetch_add(plan_.block_size);
        if (begin >= plan_.num_items) return;
        const std::int64_t end = std::min(begin + plan_.block_size, plan_.num_items);
        work_({begin, end, thread});
        const std::int64_t done = done_.fetch_add(end - begin) + (end - begin);
        if (thread == 0 && plan_.on_progress && !plan_.on_progress(done)) is_ended_ = true;
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      is_ended_ = true;
    }
  }

  bool finish() {
    if (error_) std::rethrow_exception(error_);
    return done_ == plan_.num_items;
  }

 private:
  const BlockPlan& plan_;
  const std::function<void(const Block&)>& work_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> done_{0};
  std::atomic<bool> is_ended_{false};
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

bool run_blocks(const BlockPlan& plan, const std::function<void(const Block&)>& work) {
  BlockRun run(plan, work);
  {
    std::vector<std::jthread> others;
    for (int thread = 1; thread < plan.num_threads; ++thread)
      others.emplace_back([&run, thread] { run.take(thread); });
    run.take(0);
  }
  return run.finish();
}

}  // namespace regard
