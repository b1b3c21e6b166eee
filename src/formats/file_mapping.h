#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

namespace regard {

/// A whole file in memory, private and writable: what is written there never reaches the file.
struct FileMapping {
  std::shared_ptr<void> memory;
  std::size_t bytes = 0;
};

/// Throws UserError with `fix` when the file has fewer than `min_bytes` (at least 1) or is no
/// readable regular file, RunError when the system cannot map it.
FileMapping map_file(const std::filesystem::path& path, std::size_t min_bytes, const char* fix);

}  // namespace regard
