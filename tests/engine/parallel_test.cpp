#include "regard/engine/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace regard {
namespace {

class ParallelFor : public testing::Test {
 protected:
  void TearDown() override { use_compute_threads(before_); }
  int before_ = compute_threads();
};

TEST_F(ParallelFor, DividesTheWorkAmongThreads) {
  use_compute_threads(3);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::vector<int> seen(300, 0);
  parallel_for(0, 300, 10, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      ++seen[static_cast<std::size_t>(i)];
    const std::scoped_lock lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(threads.size(), 3u);
  EXPECT_EQ(seen, std::vector<int>(300, 1));
}

TEST_F(ParallelFor, LittleWorkStaysOnThisThread) {
  use_compute_threads(3);
  std::vector<std::thread::id> threads;
  parallel_for(0, 9, 10,
               [&](std::int64_t, std::int64_t) { threads.push_back(std::this_thread::get_id()); });
  EXPECT_EQ(threads, std::vector{std::this_thread::get_id()});
}

TEST_F(ParallelFor, SharesAreDoneOnce) {
  for (const int threads : {1, 3}) {
    use_compute_threads(threads);
    std::mutex mutex;
    std::vector<std::int64_t> sizes;
    std::vector<int> seen(301, 0);
    parallel_shares(301, 10, [&](std::int64_t begin, std::int64_t end) {
      const std::scoped_lock lock(mutex);
      for (std::int64_t i = begin; i < end; ++i)
        ++seen[static_cast<std::size_t>(i)];
      sizes.push_back(end - begin);
    });
    EXPECT_EQ(seen, std::vector<int>(301, 1));
    if (threads == 1) {
      EXPECT_EQ(sizes.size(), 1u);
      continue;
    }
    // Several for each thread, so that one that is held up leaves some to the others.
    EXPECT_GT(sizes.size(), 2u * static_cast<unsigned>(threads));
    const auto small = std::count_if(sizes.begin(), sizes.end(), [](auto n) { return n < 10; });
    EXPECT_LE(small, 1) << "only the last share may be smaller than the grain";
  }
}

TEST_F(ParallelFor, AThreadThatIsHeldUpLeavesItsSharesToOthers) {
  use_compute_threads(2);
  std::atomic<int> done = 0;
  std::atomic<bool> others_did_the_rest = false;
  parallel_shares(100, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    if (begin == 0) {
      while (done < 100 - end && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
      others_did_the_rest = done == 100 - end;
    }
    done += static_cast<int>(end - begin);
  });
  EXPECT_TRUE(others_did_the_rest);
  EXPECT_EQ(done, 100);
}

TEST_F(ParallelFor, SharesOfNothingAreNoWork) {
  parallel_shares(0, 1, [](std::int64_t, std::int64_t) { FAIL() << "called"; });
}

TEST_F(ParallelFor, PassesExceptionsOn) {
  use_compute_threads(2);
  const auto fail = [](std::int64_t, std::int64_t) { throw std::runtime_error("no"); };
  EXPECT_THROW(parallel_for(0, 100, 1, fail), std::runtime_error);
  EXPECT_THROW(parallel_shares(100, 1, fail), std::runtime_error);
}

/// Seconds of CPU time that this process has used.
double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// CPU time of short loops on two threads with pauses between them, in which one thread
/// works and the other waits. Seconds of pauses that it waited with the CPU.
double seconds_spent_waiting() {
  constexpr double kPause = 0.002;
  constexpr int kLoops = 50;
  use_compute_threads(2);
  const double before = processor_seconds();
  for (int i = 0; i < kLoops; ++i) {
    std::atomic<int> done = 0;
    parallel_for(0, 2, 1, [&](std::int64_t, std::int64_t) { ++done; });
    std::this_thread::sleep_for(std::chrono::duration<double>(kPause));
  }
  return processor_seconds() - before;
}

TEST_F(ParallelFor, ThreadsThatWaitSleepWhenTheyAreToldTo) {
  const double spinning = seconds_spent_waiting();
  let_waiting_threads_sleep();
  const double sleeping = seconds_spent_waiting();
  // What a thread spins for depends on the machine; that it spins at all, on the environment.
  EXPECT_LT(sleeping, 0.05) << "of 0.1 s; before it was " << spinning;
}

}  // namespace
}  // namespace regard
