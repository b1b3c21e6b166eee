#include "regard/tensor/parallel.h"

#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace regard {
namespace {

class ParallelFor : public testing::Test {
 protected:
  void TearDown() override { at::set_num_threads(before_); }
  int before_ = at::get_num_threads();
};

TEST_F(ParallelFor, DividesTheWorkAmongThreads) {
  at::set_num_threads(3);
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
  at::set_num_threads(3);
  std::vector<std::thread::id> threads;
  parallel_for(0, 9, 10,
               [&](std::int64_t, std::int64_t) { threads.push_back(std::this_thread::get_id()); });
  EXPECT_EQ(threads, std::vector{std::this_thread::get_id()});
}

TEST_F(ParallelFor, PassesExceptionsOn) {
  at::set_num_threads(2);
  const auto fail = [](std::int64_t, std::int64_t) { throw std::runtime_error("no"); };
  EXPECT_THROW(parallel_for(0, 100, 1, fail), std::runtime_error);
}

}  // namespace
}  // namespace regard
