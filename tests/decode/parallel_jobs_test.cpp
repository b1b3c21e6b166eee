#include "decode/parallel_jobs.h"

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace regard {
namespace {

TEST(RunJobs, DoesEachOnce) {
  for (const std::int64_t workers : {1, 2, 5}) {
    std::vector<std::atomic<int>> done(40);
    EXPECT_TRUE(run_jobs(done.size(), workers, [&](std::size_t job) {
      ++done[job];
      return true;
    }));
    for (const auto& count : done)
      EXPECT_EQ(count, 1);
  }
}

TEST(RunJobs, SharesTheThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(4);
  std::atomic<int> seen = 0;
  run_jobs(2, 2, [&](std::size_t) {
    seen = at::get_num_threads();
    return true;
  });
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(at::get_num_threads(), 4);
  run_jobs(2, 1, [&](std::size_t) {
    seen = at::get_num_threads();
    return true;
  });
  EXPECT_EQ(seen, 4) << "a single worker has them all";
  at::set_num_threads(before);
}

TEST(RunJobs, EndsWhenAJobSaysSo) {
  for (const std::int64_t workers : {1, 3}) {
    std::atomic<int> started = 0;
    EXPECT_FALSE(run_jobs(1000, workers, [&](std::size_t) { return ++started < 10; }));
    EXPECT_LT(started, 20);
  }
}

TEST(RunJobs, PassesOnWhatAJobThrows) {
  for (const std::int64_t workers : {1, 3}) {
    const auto run = [&] {
      run_jobs(100, workers, [](std::size_t job) {
        if (job == 5) throw std::runtime_error("job five");
        return true;
      });
    };
    EXPECT_THROW(run(), std::runtime_error);
  }
}

TEST(RunJobs, NoJobsAreDoneAtOnce) {
  EXPECT_TRUE(run_jobs(0, 4, [](std::size_t) -> bool { throw std::logic_error("a job"); }));
}

}  // namespace
}  // namespace regard
