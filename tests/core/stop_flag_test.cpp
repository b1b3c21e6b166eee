#include "regard/core/stop_flag.h"

#include <csignal>
#include <thread>

#include <gtest/gtest.h>

namespace regard {
namespace {

static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "only lock-free atomics may be used in a signal handler");

TEST(StopFlag, RemembersTheSignal) {
  StopFlag flag;
  EXPECT_FALSE(flag.is_requested());
  EXPECT_EQ(flag.signal_number(), 0);
  flag.request(SIGTERM);
  EXPECT_TRUE(flag.is_requested());
  EXPECT_EQ(flag.signal_number(), SIGTERM);
}

TEST(StopFlag, GivesASaveRequestOnce) {
  StopFlag flag;
  EXPECT_FALSE(flag.take_save_request());
  flag.request_save();
  flag.request_save();
  EXPECT_TRUE(flag.take_save_request());
  EXPECT_FALSE(flag.take_save_request());
  EXPECT_FALSE(flag.is_requested()) << "saving is not stopping";
}

TEST(StopFlag, ReachesAnotherThread) {
  StopFlag flag;
  std::thread worker([&] {
    while (!flag.is_requested())
      std::this_thread::yield();
  });
  flag.request(SIGINT);
  worker.join();
  EXPECT_EQ(flag.signal_number(), SIGINT);
}

StopFlag* handler_flag = nullptr;

TEST(StopFlag, IsSetByASignalHandler) {
  StopFlag flag;
  handler_flag = &flag;
  const auto old = std::signal(SIGUSR2, [](int number) { handler_flag->request(number); });
  std::raise(SIGUSR2);
  std::signal(SIGUSR2, old);
  EXPECT_EQ(flag.signal_number(), SIGUSR2);
}

}  // namespace
}  // namespace regard
