#pragma once

#include <utility>

namespace regard {

/// Owns a file descriptor; -1 = none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  int release() { return std::exchange(value_, -1); }
  /// False with errno set when the system reports a failure now (as network filesystems do). Never
  /// repeated: the descriptor is gone in any case.
  bool close();

 private:
  int value_ = -1;
};

}  // namespace regard
