#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "regard/core/files.h"

namespace regard {

/// The counterpart of read_given_text(): a text that a command was told to write, to standard
/// output, or to a file that appears complete or not at all.
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

}  // namespace regard
