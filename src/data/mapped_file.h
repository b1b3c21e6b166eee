#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

namespace regard {

/// A file mapped into memory, to read.
class MappedFile {
 public:
  /// Empty when the file cannot be opened or mapped.
  static std::optional<MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace regard
