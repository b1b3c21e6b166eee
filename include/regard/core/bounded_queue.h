#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace regard {

/// A first-in first-out queue between threads that holds at most `capacity` items.
/// The producer ends it with close() or fail(); the consumer may leave early with cancel(). A
/// capacity of 0 counts as 1.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

  /// Waits for room. False when the consumer has cancelled: the producer should stop.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [&] { return is_cancelled_ || items_.size() < capacity_; });
    if (is_cancelled_) return false;
    items_.push_back(std::move(item));
    has_item_.notify_one();
    return true;
  }

  /// Waits for an item. Empty when the queue was closed and drained. Rethrows what fail() was
  /// given, after the items before it.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    has_item_.wait(lock, [&] { return is_closed_ || is_cancelled_ || !items_.empty(); });
    if (items_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    has_room_.notify_one();
    return item;
  }

  /// No more items will come. After fail() it changes nothing, so a producer may close on every way
  /// out.
  void close() { finish(nullptr); }
  /// No more items will come, and the consumer shall see this exception.
  void fail(std::exception_ptr failure) { finish(std::move(failure)); }

  /// Drops what is queued and lets a waiting producer go.
  void cancel() {
    std::scoped_lock lock(mutex_);
    is_cancelled_ = true;
    items_.clear();
    has_room_.notify_all();
    has_item_.notify_all();
  }

 private:
  void finish(std::exception_ptr failure) {
    std::scoped_lock lock(mutex_);
    is_closed_ = true;
    if (!failure_) failure_ = std::move(failure);
    has_item_.notify_all();
  }

  std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable has_room_;
  std::condition_variable has_item_;
  std::deque<T> items_;
  std::exception_ptr failure_;
  bool is_closed_ = false;
  bool is_cancelled_ = false;
};

}  // namespace regard
