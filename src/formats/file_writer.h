#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace regard {

/// Writes to a file without buffering. All failures throw RunError naming path and reason.
class FileWriter {
 public:
  enum class Mode {
    replace,  ///< an existing file is emptied
    append,   ///< an existing file is kept
  };

  FileWriter(const std::filesystem::path& path, Mode mode);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// All of it or an error; after an error the file is cut back to what it was before this call, if
  /// possible.
  void write(std::span<const std::byte> bytes);
  /// Not needed, but some file systems report a full disk only here.
  void close();

 private:
  [[noreturn]] void fail(const char* what, int error_number) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
};

}  // namespace regard
