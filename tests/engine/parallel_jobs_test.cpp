#include "engine/parallel_jobs.h"

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "regard/engine/parallel.h"

namespace regard {
namespace {

bool run(std::size_t jobs, std::int64_t workers, const std::function<bool(std::size_t)>& job) {
  return run_jobs(jobs, workers, job, use_compute_threads);
}

TEST(RunJobs, DoesEachOnce) {
  for (const std::int64_t workers : {1, 2, 5}) {
    std::vector<std::atomic<int>> done(40);
    EXPECT_TRUE(run(done.size(), workers, [&](std::size_t job) {
      ++done[job];
      return true;
    }));
    for (const auto& count : done)
      EXPECT_EQ(count, 1);
  }
}

TEST(RunJobs, SharesTheThreads) {
  const int before = compute_threads();
  use_compute_threads(4);
  std::atomic<int> seen = 0;
  run(2, 2, [&](std::size_t) {
    seen = compute_threads();
    return true;
  });
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(compute_threads(), 4);
  run(2, 1, [&](std::size_t) {
    seen = compute_threads();
    return true;
  });
  EXPECT_EQ(seen, 4) << "a single worker has them all";
  use_compute_threads(before);
}

TEST(RunJobs, EndsWhenAJobSaysSo) {
  for (const std::int64_t workers : {1, 3}) {
    std::atomic<int> started = 0;
    EXPECT_FALSE(run(1000, workers, [&](std::size_t) { return ++started < 10; }));
    EXPECT_LT(started, 20);
  }
}

TEST(RunJobs, PassesOnWhatAJobThrows) {
  for (const std::int64_t workers : {1, 3}) {
    const auto run_all = [&] {
      run(100, workers, [](std::size_t job) {
        if (job == 5) throw std::runtime_error("job five");
        return true;
      });
    };
    EXPECT_THROW(run_all(), std::runtime_error);
  }
}

TEST(RunJobs, NoJobsAreDoneAtOnce) {
  EXPECT_TRUE(run(0, 4, [](std::size_t) -> bool { throw std::logic_error("a job"); }));
}

}  // namespace
}  // namespace regard
