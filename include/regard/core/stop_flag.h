#pragma once

#include <atomic>
#include <string>

namespace regard {

/// Set from a signal handler (or a test), polled by long-running work between steps. 0 = continue.
class StopFlag {
 public:
  void request(int signal_number) noexcept {
    signal_.store(signal_number, std::memory_order_relaxed);
  }
  bool is_requested() const noexcept { return signal_number() != 0; }
  int signal_number() const noexcept { return signal_.load(std::memory_order_relaxed); }

  void request_save() noexcept { save_.store(true, std::memory_order_relaxed); }
  /// True once after request_save().
  bool take_save_request() noexcept { return save_.exchange(false, std::memory_order_relaxed); }

 private:
  std::atomic<int> signal_{0};
  std::atomic<bool> save_{false};
};

/// What stopped a program, for people: "SIGINT (Ctrl-C)", "SIGTERM", "signal 44".
std::string signal_name(int number);

}  // namespace regard
