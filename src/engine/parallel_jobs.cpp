#include "parallel_jobs.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "regard/engine/parallel.h"

namespace regard {
namespace {

/// What the workers share.
class Work {
 public:
  Work(std::size_t jobs, const std::function<bool(std::size_t)>& job) : jobs_(jobs), job_(job) {}

  void run() noexcept {
    try {
      while (!is_ended_) {
        const std::size_t number = next_++;
        if (number >= jobs_) return;
        if (!job_(number)) is_ended_ = true;
      }
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      is_ended_ = true;
    }
  }
  /// When all workers have stopped.
  bool result() const {
    if (failure_) std::rethrow_exception(failure_);
    return !is_ended_;
  }

 private:
  std::size_t jobs_;
  const std::function<bool(std::size_t)>& job_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> is_ended_ = false;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

bool run_jobs(std::size_t jobs, std::int64_t workers, const std::function<bool(std::size_t)>& job,
              const std::function<void(int)>& use_threads) {
  Work work(jobs, job);
  const auto count = static_cast<std::int64_t>(
      std::min<std::size_t>(static_cast<std::size_t>(std::max<std::int64_t>(1, workers)), jobs));
  if (count <= 1) {
    work.run();
    return work.result();
  }
  const int threads = compute_threads();
  {
    std::vector<std::jthread> pool;
    for (std::int64_t worker = 0; worker < count; ++worker) {
      pool.emplace_back([&] {
        use_threads(std::max(1, threads / static_cast<int>(count)));
        work.run();
      });
    }
  }
  use_threads(threads);  // what a worker told a library may hold for all
  return work.result();
}

}  // namespace regard
