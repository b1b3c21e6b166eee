#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace regard {

/// A whole file in memory. Copies share one mapping, which ends with the last of them.
class MappedFile {
 public:
  /// To read only. Empty when `path` is not a regular file, or cannot be opened or mapped.
  static std::optional<MappedFile> open(const std::filesystem::path& path);

  /// Private and writable: what is written there never reaches the file. Throws UserError with
  /// `fix` when the file has fewer than `min_bytes` (at least 1) or is not a readable regular file,
  /// RunError when the system cannot map it.
  static MappedFile open_private(const std::filesystem::path& path, std::size_t min_bytes,
                                 const char* fix);

  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(memory_.get()), size_};
  }
  /// Where it begins, for what must keep it mapped; null for an empty file.
  const std::shared_ptr<void>& memory() const { return memory_; }

 private:
  MappedFile(std::shared_ptr<void> memory, std::size_t size)
      : memory_(std::move(memory)), size_(size) {}

  static std::optional<MappedFile> map(int descriptor, std::size_t size, bool is_private);

  std::shared_ptr<void> memory_;
  std::size_t size_;
};

}  // namespace regard
