#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "regard/core/descriptor.h"

namespace regard {

/// Writes to a file in place and without buffering: for a file that grows while others read it, and
/// inside of a folder that appears as a whole. AtomicFile (files.h) is for all else. All failures
/// throw RunError naming path and reason.
class FileWriter {
 public:
  enum class Mode {
    replace,  ///< an existing file is emptied
    append,   ///< an existing file is kept
  };

  FileWriter(const std::filesystem::path& path, Mode mode);

  /// All of it or an error; after an error the file is cut back to what it was before this call, if
  /// possible.
  void write(std::span<const std::byte> bytes);
  /// Not needed, but some file systems report a full disk only here.
  void close();

 private:
  [[noreturn]] void fail(const char* what, int error) const;

  std::filesystem::path path_;
  Descriptor descriptor_;
  std::int64_t size_ = 0;
};

}  // namespace regard
