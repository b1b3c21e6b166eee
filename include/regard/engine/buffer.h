#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace regard {

/// Memory for numbers that are about to be written: not initialized, and aligned to a line of the
/// cache. Copies share it.
template <class Number>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t size) : size_(size) {
    constexpr std::size_t kLine = 64;  // bytes
    const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(Number);
    void* memory = std::aligned_alloc(kLine, (bytes + kLine) / kLine * kLine);
    if (memory == nullptr) throw std::bad_alloc();
    memory_ = std::shared_ptr<Number>(static_cast<Number*>(memory), std::free);
  }

  Number* data() { return memory_.get(); }
  const Number* data() const { return memory_.get(); }
  std::int64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::shared_ptr<Number> memory_;
  std::int64_t size_ = 0;
};

using FloatBuffer = Buffer<float>;

}  // namespace regard
