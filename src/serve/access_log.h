#pragma once

#include <filesystem>
#include <mutex>
#include <string>

#include "regard/core/descriptor.h"

namespace regard {

/// A line of JSON for each request. Thread-safe.
class AccessLog {
 public:
  /// Appends to a file; "-" is standard output and "" nothing. Throws UserError when it cannot be
  /// opened.
  explicit AccessLog(std::filesystem::path path);
  /// After the file was renamed: a new one of that name. Keeps the old one when that fails.
  void reopen();
  bool is_open() const { return !path_.empty(); }
  /// A line without its end. What cannot be written is lost: requests do not wait for a disk.
  void write(std::string line);

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
  Descriptor file_;
};

}  // namespace regard
