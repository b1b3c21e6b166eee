#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "regard/core/files.h"

namespace regard {

/// Where a command writes its data: standard output, or a file that appears complete or not at all.
class TextOutput {
 public:
  /// An empty path or "-" is standard output. Throws UserError when `path` is the same file as one
  /// of `inputs`, and when it is a directory.
  explicit TextOutput(const std::filesystem::path& path,
                      const std::vector<std::filesystem::path>& inputs = {});

  void write(std::string_view text);
  /// Hands what was written to whoever reads it. Throws RunError when it cannot be written (full,
  /// closed).
  void flush();
  /// Ends the output.
  void commit();

 private:
  std::unique_ptr<AtomicFile> file_;  // null = standard output
};

/// Throws RunError when it cannot be written (full, closed).
void write_standard_output(std::string_view text);

}  // namespace regard
