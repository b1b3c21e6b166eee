#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace regard {

/// Reads a whole regular file. Throws UserError (missing, directory, unreadable, longer than `max_bytes`), with the
/// system's reason.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = UINT64_MAX);

/// Throws UserError unless `path` is a readable regular file (a link to one is fine).
void require_regular_file(const std::filesystem::path& path);

/// A file that appears under its name complete or not at all: written as a hidden file beside the target, then
/// fsync, rename, fsync of the folder. Destroyed without commit(), the temporary file is removed.
/// A device, FIFO or /dev/stdout is written in place and never replaced. Throws RunError naming path and reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void flush();
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

void write_file_atomically(const std::filesystem::path& target, std::string_view bytes);

/// Makes `target` (a folder) appear complete or not at all: `fill` writes into a hidden temporary folder beside it;
/// then every file and the folder are fsynced, the folder is renamed to `target` (an existing `target` is replaced)
/// and the parent is fsynced. When `fill` throws, the temporary folder is removed and `target` is as before.
void write_folder_atomically(const std::filesystem::path& target,
                             const std::function<void(const std::filesystem::path&)>& fill);

/// Makes `link` a relative symbolic link to `target` (a name in the same folder), atomically.
void replace_symlink(const std::filesystem::path& link, const std::filesystem::path& target);

/// Removes temporary files and folders that a killed run left in `folder` (not below it).
void remove_leftovers(const std::filesystem::path& folder);

/// Holds an exclusive lock on a folder (`<folder>/.lock`) for its lifetime. Throws UserError when another process
/// holds it: error text names the folder.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// SHA-256 is not needed anywhere; this 64-bit FNV-1a fingerprint finds accidental damage and changed files.
std::uint64_t fingerprint(std::string_view bytes, std::uint64_t start = 0xcbf29ce484222325ULL);
std::string to_hex(std::uint64_t value);

}  // namespace regard
