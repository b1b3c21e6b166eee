#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/utf8.h"

/// What the targets of tests/fuzz share. A target is one LLVMFuzzerTestOneInput: it hands bytes to
/// a reader and calls fail() for every answer but a value or a proper error.
namespace regard::fuzz {

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "fuzz target: %s\n", what.c_str());
  std::abort();
}

inline void require(bool claim, const char* what) {
  if (!claim) fail(what);
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes one byte off the front of an input; 0 when there is none.
inline std::uint8_t take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return byte;
}

/// Each line that a program would print: one line of at most 1000 bytes, valid, without control
/// bytes.
inline void check_error(const Error& error) {
  require(!error.problems().empty(), "an error without a problem");
  for (const std::string& line : error_lines(error)) {
    const bool has_control = std::any_of(line.begin(), line.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    });
    require(line.size() <= 1000, "a message of more than 1000 bytes");
    require(!has_control && is_valid_utf8(line), "a message with control bytes or invalid UTF-8");
  }
}

/// Calls `read`, which may throw UserError or RunError and nothing else: the fuzzer takes every
/// other exception for a crash. True when nothing was thrown.
template <class Read>
bool accepts(const Read& read) {
  try {
    read();
    return true;
  } catch (const UserError& error) {
    check_error(error);
  } catch (const RunError& error) {
    check_error(error);
  }
  return false;
}

/// Reads every byte, so that a checker of addresses sees a view that leads outside.
inline void touch(std::span<const std::byte> bytes) {
  volatile unsigned sum = 0;
  for (const std::byte byte : bytes)
    sum = sum + static_cast<unsigned>(byte);
}

/// A file that lies in memory, for readers that want a path. One per target: every new content
/// replaces the last one.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    require(descriptor_ >= 0, "no memory file");
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::filesystem::path& put(std::string_view bytes) {
    const auto size = static_cast<off_t>(bytes.size());
    require(::ftruncate(descriptor_, 0) == 0, "the memory file cannot be emptied");
    require(::pwrite(descriptor_, bytes.data(), bytes.size(), 0) == size, "a short write");
    return path_;
  }

 private:
  int descriptor_;
  std::filesystem::path path_;
};

}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
