#include <cassert>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "core/hidden_entry.h"
#include "core/posix.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBufferBytes = 64 * 1024;

/// The number N when `path` is /proc/<this process>/fd/N, where /dev/stdout and /dev/fd/N lead.
std::optional<int> own_descriptor(const fs::path& path) {
  std::error_code error;
  const fs::path folder = fs::canonical(posix::folder_of(path), error);
  if (error || folder != fs::path(str("/proc/", ::getpid(), "/fd"))) return std::nullopt;
  const std::string name = path.filename().string();
  int number = 0;
  const auto result = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = result.ec == std::errc() && result.ptr == name.data() + name.size();
  return is_number ? std::optional<int>(number) : std::nullopt;
}

/// Opens what is written in place. An open file of this process is shared instead of opened again:
/// its position and appending mode count, and sockets cannot be opened by name.
Descriptor open_in_place(const fs::path& target, std::optional<int> shared) {
  Descriptor descriptor = shared ? Descriptor(::fcntl(*shared, F_DUPFD_CLOEXEC, 0))
                                 : posix::open_descriptor(target, O_WRONLY | O_NOCTTY);
  if (!descriptor.is_open()) posix::fail(target, "open", errno);
  return descriptor;
}

/// A hidden file that replaces a regular file, or of nothing. Keeps an existing file's
/// mode.
HiddenEntry open_replacement(const fs::path& target, const fs::path& place) {
  struct stat old = {};
  if (::stat(place.c_str(), &old) != 0) return create_hidden_file(place, 0666);
  // Renaming would replace a write-protected file just as well, which its owner does not expect.
  if (::access(place.c_str(), W_OK) != 0) posix::fail(target, "write", errno);
  HiddenEntry entry = create_hidden_file(place, old.st_mode & 0777);
  // The umask has taken bits away. Filesystems without modes refuse to set them, and have none to
  // keep.
  [[maybe_unused]] const int ignored = ::fchmod(entry.descriptor.get(), old.st_mode & 07777);
  return entry;
}

}  // namespace

struct AtomicFile::Impl {
  fs::path target;  ///< as the caller named it, for messages
  fs::path place;   ///< what is replaced, links followed
  HiddenEntry
      entry;  ///< path empty = nothing to rename or remove: written in place, or renamed already
  std::string buffer;  ///< not yet handed to the system
  bool is_done = false;
  bool has_failed = false;

  /// Runs one step; after one that has thrown, every further one throws.
  template <class Step>
  void run(Step step) {
    assert(!is_done);
    if (has_failed)
      throw RunError(SourceSpot{target.string()}, "cannot write: an earlier write failed");
    has_failed = true;
    step();
    has_failed = false;
  }
  void write(std::string_view bytes);
  void write_buffer();
  void finish();
};

void AtomicFile::Impl::write(std::string_view bytes) {
  if (buffer.size() + bytes.size() < kBufferBytes) {
    buffer.append(bytes);
    return;
  }
  write_buffer();
  posix::write_all(entry.descriptor.get(), bytes, target);
}

void AtomicFile::Impl::write_buffer() {
  posix::write_all(entry.descriptor.get(), buffer, target);
  buffer.clear();
}

void AtomicFile::Impl::finish() {
  write_buffer();
  const bool is_in_place = entry.path.empty();
  if (is_in_place) {
    if (!entry.descriptor.close()) posix::fail(target, "write", errno);
    return;
  }
  posix::sync_file(entry.descriptor.get(), target);
  if (::rename(entry.path.c_str(), place.c_str()) != 0) posix::fail(target, "rename to", errno);
  entry.path.clear();
  posix::sync_folder(posix::folder_of(place));
  entry.descriptor.close();
}

AtomicFile::AtomicFile(fs::path target) : impl_(std::make_unique<Impl>()) {
  Impl& impl = *impl_;
  impl.target = std::move(target);
  impl.place = posix::follow_links(impl.target);
  const std::optional<int> shared = own_descriptor(impl.place);
  std::error_code ignored;
  const fs::file_status status = fs::status(impl.place, ignored);
  if (fs::is_directory(status) || !impl.target.has_filename()) {
    throw UserError(SourceSpot{impl.target.string()}, "cannot write: it is a folder",
                    "name a file");
  }
  const bool is_replaced =
      !shared && (fs::is_regular_file(status) || status.type() == fs::file_type::not_found);
  if (is_replaced) {
    impl.entry = open_replacement(impl.target, impl.place);
  } else {
    impl.entry.descriptor = open_in_place(impl.target, shared);
  }
}

AtomicFile::~AtomicFile() {
  // Removed before the descriptor closes, so that its lock covers the name to the end.
  if (!impl_->entry.path.empty()) ::unlink(impl_->entry.path.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  impl_->run([&] { impl_->write(bytes); });
}

void AtomicFile::flush() {
  impl_->run([&] { impl_->write_buffer(); });
}

void AtomicFile::commit() {
  impl_->run([&] { impl_->finish(); });
  impl_->is_done = true;
}

void write_file_atomically(const fs::path& target, std::string_view bytes) {
  AtomicFile file(target);
  file.write(bytes);
  file.commit();
}

}  // namespace regard
