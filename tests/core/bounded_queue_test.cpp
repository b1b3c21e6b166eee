#include "regard/core/bounded_queue.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace regard {
namespace {

TEST(BoundedQueue, KeepsTheOrderBetweenThreads) {
  BoundedQueue<int> queue(3);
  std::thread producer([&] {
    for (int i = 0; i < 10000; ++i)
      ASSERT_TRUE(queue.push(i));
    queue.close();
  });
  int count = 0;
  while (const auto item = queue.pop())
    EXPECT_EQ(*item, count++);
  producer.join();
  EXPECT_EQ(count, 10000);
  EXPECT_FALSE(queue.pop().has_value()) << "stays closed";
}

TEST(BoundedQueue, LosesNothingBetweenManyThreads) {
  BoundedQueue<int> queue(4);
  constexpr int kProducers = 3, kItems = 2000;
  std::vector<std::thread> producers, consumers;
  std::atomic<long long> sum{0}, count{0};
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&] {
      for (int i = 1; i <= kItems; ++i)
        queue.push(i);
    });
  }
  for (int c = 0; c < 3; ++c) {
    consumers.emplace_back([&] {
      while (const auto item = queue.pop())
        sum += *item, ++count;
    });
  }
  for (auto& thread : producers)
    thread.join();
  queue.close();
  for (auto& thread : consumers)
    thread.join();
  EXPECT_EQ(count, kProducers * kItems);
  EXPECT_EQ(sum, kProducers * (kItems * (kItems + 1LL) / 2));
}

TEST(BoundedQueue, HoldsNoMoreThanItsCapacity) {
  BoundedQueue<int> queue(2);
  std::atomic<int> pushed{0};
  std::thread producer([&] {
    for (int i = 0; i < 10; ++i) {
      queue.push(i);
      ++pushed;
    }
    queue.close();
  });
  // The counter follows the push, so popped + capacity + the waiting item is never exceeded.
  for (int popped = 0; popped < 10; ++popped) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_LE(pushed, popped + 2);
    ASSERT_EQ(queue.pop(), popped);
  }
  producer.join();
  EXPECT_EQ(pushed, 10);
}

TEST(BoundedQueue, CountsNoCapacityAsOne) {
  BoundedQueue<int> queue(0);
  EXPECT_TRUE(queue.push(7));
  EXPECT_EQ(queue.pop(), 7);
}

TEST(BoundedQueue, GivesTheItemsBeforeTheFailure) {
  BoundedQueue<int> queue(4);
  queue.push(1);
  queue.fail(std::make_exception_ptr(std::runtime_error("bad line")));
  queue.close();  // what a producer does on every way out
  EXPECT_EQ(queue.pop(), 1);
  for (int i = 0; i < 2; ++i) {
    try {
      queue.pop();
      FAIL() << "the failure was lost";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "bad line");
    }
  }
}

TEST(BoundedQueue, FailureReachesAWaitingConsumer) {
  BoundedQueue<int> queue(1);
  std::thread producer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    queue.fail(std::make_exception_ptr(std::logic_error("late")));
  });
  EXPECT_THROW(queue.pop(), std::logic_error);
  producer.join();
}

TEST(BoundedQueue, CancelFreesAWaitingProducer) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.push(1));
  std::thread consumer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    queue.cancel();
  });
  EXPECT_FALSE(queue.push(2)) << "was waiting for room";
  consumer.join();
  EXPECT_FALSE(queue.push(3));
  EXPECT_FALSE(queue.pop().has_value()) << "what was queued is dropped";
}

TEST(BoundedQueue, MovesItems) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  queue.push(std::make_unique<int>(5));
  queue.close();
  const auto item = queue.pop();
  ASSERT_TRUE(item && *item);
  EXPECT_EQ(**item, 5);
}

}  // namespace
}  // namespace regard
