#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "regard/core/descriptor.h"

namespace regard {

/// Reads a whole regular file. Throws UserError (missing, directory, unreadable, longer than
/// `max_bytes`), with the system's reason.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = UINT64_MAX);

/// Throws UserError unless `path` is a readable regular file (a link to one is fine).
void require_regular_file(const std::filesystem::path& path);

/// A file that appears under its name complete or not at all: written as a hidden file next to the
/// target, then fsync, rename, fsync of the folder. Destroyed without commit(), the temporary file
/// is removed. An existing file keeps its mode; a link stays and the file that it leads to is
/// replaced. A device, FIFO or /dev/stdout is written in place and never replaced. Throws UserError
/// when the target is a folder and RunError naming path and reason for all else. Bytes are
/// buffered, so an error may show at a later call; after one, every further call fails.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  /// Hands the buffered bytes to the system (a reader of a pipe sees them).
  void flush();
  /// Makes the file appear. To be called once, last. When it throws, the target is as before, or
  /// new and complete (only the last step, the fsync of the folder, failed).
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// An AtomicFile with these bytes.
void write_file_atomically(const std::filesystem::path& target, std::string_view bytes);

/// Makes `target` (a folder) appear complete or not at all: `fill` writes into a hidden temporary
/// folder next to it; then every file and the folder are fsynced, the folder is renamed to `target`
/// (an existing `target` is replaced) and the parent, which must exist, is fsynced. When `fill`
/// throws, the temporary folder is removed and `target` is as before; so it is when the system
/// refuses a step (RunError naming path and reason), except that a `target` that was not there may
/// be, complete, when only the last fsync failed. Replacing is one step where the filesystem can
/// exchange names, else two, and remove_leftovers() repairs a run that was killed between them.
void write_folder_atomically(const std::filesystem::path& target,
                             const std::function<void(const std::filesystem::path&)>& fill);

/// Makes the folder `target` disappear as a whole: it gets a hidden name, the parent is fsynced,
/// and only then are its files removed, so that no crash leaves a part of it. Throws RunError when
/// the system refuses a step.
void remove_folder_atomically(const std::filesystem::path& target);

/// Makes `link` lead to `target` (a name in the same folder), atomically: a relative symbolic link,
/// or where the file system has none (exFAT, some network drives) a small file that holds the name.
/// Returns whether it is a link. Throws RunError.
bool replace_link(const std::filesystem::path& link, const std::filesystem::path& target);

/// Where a file that stands for a link leads: the entry of that name next to it. Any other path, a
/// symbolic link too, is returned as it is.
std::filesystem::path follow_link_file(const std::filesystem::path& path);

/// Removes temporary files and folders that a killed run left in `folder` (not below it), never
/// those of a run that lives. Never throws for what it cannot remove: the next save reports what is
/// wrong.
void remove_leftovers(const std::filesystem::path& folder);

/// Holds an exclusive lock on a folder (`<folder>/.lock`, removed at the end) for its lifetime.
/// Throws UserError naming the folder and the process when another one holds it, RunError when the
/// lock cannot be made. Filesystems without locks are not protected.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path path_;
  Descriptor descriptor_;
};

/// SHA-256 is not needed anywhere; this 64-bit FNV-1a fingerprint finds accidental damage and
/// changed files.
std::uint64_t fingerprint(std::string_view bytes, std::uint64_t start = 0xcbf29ce484222325ULL);
/// 16 digits, lower case.
std::string to_hex(std::uint64_t value);

}  // namespace regard
