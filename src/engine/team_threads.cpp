#ifndef _OPENMP

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "regard/core/threads.h"
#include "regard/engine/parallel.h"

#include "team.h"

namespace regard {
namespace {

/// Threads that wait for work of the one that made them.
class Helpers {
 public:
  explicit Helpers(int count) {
    try {
      for (int i = 1; i <= count; ++i)
        threads_.emplace_back([this, i] { serve(i); });
    } catch (const std::system_error&) {
      // No more threads may be started: those that are there do the work.
    }
  }
  ~Helpers() {
    is_ended_ = true;
    wake();
    for (std::thread& thread : threads_)
      thread.join();
  }
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

  void run(FunctionRef<void(int, int)> work) {
    const auto helpers = static_cast<int>(threads_.size());
    work_ = &work;
    size_ = helpers + 1;
    busy_.store(helpers, std::memory_order_relaxed);
    wake();
    work(0, size_);
    for (int left = busy_.load(std::memory_order_acquire); left != 0;
         left = busy_.load(std::memory_order_acquire))
      busy_.wait(left, std::memory_order_acquire);
  }

 private:
  void wake() {
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }

  void serve(int number) {
    for (std::uint32_t round = 0;; ++round) {
      round_.wait(round, std::memory_order_acquire);
      if (is_ended_) return;
      team_size() = size_;
      (*work_)(number, size_);
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
    }
  }

  std::atomic<std::uint32_t> round_ = 0;
  std::atomic<int> busy_ = 0;
  std::atomic<bool> is_ended_ = false;
  const FunctionRef<void(int, int)>* work_ = nullptr;  // of this round
  int size_ = 0;                                       // the threads of this round
  std::vector<std::thread> threads_;

 public:
  /// Of the team that this thread works in; 1 = none.
  static int& team_size() {
    thread_local int size = 1;
    return size;
  }
};

/// What a thread begins its loops with: a choice, and the helpers it has had so far.
struct Leader {
  int size = choose_threads(0).count;
  int with_helpers = 1;
  std::unique_ptr<Helpers> helpers;
};

Leader& leader() {
  thread_local Leader of_this_thread;
  return of_this_thread;
}

}  // namespace

int team::size() {
  return leader().size;
}

void team::resize(int threads) {
  leader().size = std::max(1, threads);
}

bool team::is_at_work() {
  return Helpers::team_size() > 1;
}

void team::run(FunctionRef<void(int thread, int threads)> work) {
  Leader& own = leader();
  if (own.size == 1) return work(0, 1);
  if (own.with_helpers != own.size) {
    own.helpers.reset();
    own.helpers = std::make_unique<Helpers>(own.size - 1);
    own.with_helpers = own.size;
  }
  Helpers::team_size() = own.size;
  own.helpers->run(work);
  Helpers::team_size() = 1;
}

void let_waiting_threads_sleep() {}

}  // namespace regard

#endif
