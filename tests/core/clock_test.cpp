#include "regard/core/clock.h"

#include <thread>

#include <gtest/gtest.h>

namespace regard {
namespace {

TEST(Stopwatch, CountsSecondsAndNeverGoesBack) {
  const Stopwatch watch;
  double last = watch.seconds();
  EXPECT_GE(last, 0.0);
  for (int i = 0; i < 1000; ++i) {
    const double now = watch.seconds();
    ASSERT_GE(now, last);
    last = now;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_GE(watch.seconds() - last, 0.02);
  EXPECT_LT(watch.seconds(), 60.0) << "seconds, not milliseconds";
}

}  // namespace
}  // namespace regard
