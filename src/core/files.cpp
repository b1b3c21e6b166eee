#include "regard/core/files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"

#include "core/hidden_entry.h"
#include "core/posix.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw UserError(SourceSpot{path.string()}, str("cannot read: ", what));
}

/// Opens a regular file for reading. Looks before it opens, because opening alone wakes the writer
/// of a FIFO.
Descriptor open_regular_file(const fs::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) refuse(path, posix::reason(errno));
  if (S_ISDIR(status.st_mode)) refuse(path, posix::reason(EISDIR));
  if (!S_ISREG(status.st_mode)) refuse(path, "not a regular file");
  Descriptor file = posix::open_descriptor(path, O_RDONLY | O_NONBLOCK);
  if (!file.is_open()) refuse(path, posix::reason(errno));
  return file;
}

/// Reads to the end, or until there is more than `max_bytes`. The size that the system states is a
/// hint only: it is 0 below /proc, and files grow.
std::string read_up_to(int descriptor, const fs::path& path, std::uint64_t max_bytes) {
  constexpr std::size_t kChunk = 64 * 1024;
  struct stat status = {};
  std::string bytes;
  if (::fstat(descriptor, &status) == 0) {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    bytes.reserve(static_cast<std::size_t>(std::min(size, max_bytes)) + kChunk);
  }
  while (bytes.size() <= max_bytes) {
    const std::size_t old_size = bytes.size();
    bytes.resize(std::max(old_size + kChunk, bytes.capacity()));
    const ssize_t count = posix::retry(
        [&] { return ::read(descriptor, bytes.data() + old_size, bytes.size() - old_size); });
    if (count < 0) refuse(path, posix::reason(errno));
    bytes.resize(old_size + static_cast<std::size_t>(count));
    if (count == 0) break;
  }
  return bytes;
}

/// What the holder of a lock wrote into it; "" when that is not a number.
std::string process_in(int descriptor) {
  std::array<char, 20> buffer;
  const ssize_t count = ::pread(descriptor, buffer.data(), buffer.size(), 0);
  const std::string text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  const bool is_number = !text.empty() && std::all_of(text.begin(), text.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? text : "";
}

/// False when another process holds the lock. Filesystems without locks are let pass.
bool take_lock(int descriptor, const fs::path& path) {
  if (posix::retry([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); }) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  if (errno != ENOSYS && errno != ENOTSUP) posix::fail(path, "lock", errno);
  return true;
}

[[noreturn]] void refuse_locked(const fs::path& folder, int descriptor) {
  const std::string process = process_in(descriptor);
  throw UserError(SourceSpot{folder.string()},
                  str("in use by another process", process.empty() ? "" : " (" + process + ")"),
                  "wait until it ends or choose another folder");
}

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  const Descriptor file = open_regular_file(path);
  std::string bytes = read_up_to(file.get(), path, max_bytes);
  if (bytes.size() > max_bytes) {
    refuse(path, str("longer than ", max_bytes, " bytes, the limit for such a file"));
  }
  return bytes;
}

void require_regular_file(const fs::path& path) {
  open_regular_file(path);
}

namespace {

/// What file systems without symbolic links answer.
bool means_no_links(int error) {
  return error == EPERM || error == ENOSYS || error == EOPNOTSUPP || error == ENOTSUP;
}

/// Starts a file that stands for a link; what follows is the name and a line end.
constexpr std::string_view kLinkFile = "link to ";

}  // namespace

bool replace_link(const fs::path& link, const fs::path& target) {
  const fs::path name = target.has_filename() ? target.filename() : target.parent_path().filename();
  int error = EEXIST;
  for (int attempt = 0; attempt < kMaxNameAttempts; ++attempt) {
    const fs::path fresh =
        posix::folder_of(link) / hidden_name(HiddenKind::fresh, link.filename().string(), attempt);
    if (::symlink(name.c_str(), fresh.c_str()) != 0) {
      error = errno;
      if (error == EEXIST) continue;
      if (!means_no_links(error)) break;
      // The file would otherwise replace what an old link leads to.
      std::error_code none;
      if (fs::is_symlink(fs::symlink_status(link, none))) fs::remove(link, none);
      write_file_atomically(link, str(kLinkFile, name.string(), "\n"));
      return false;
    }
    if (::rename(fresh.c_str(), link.c_str()) == 0) {
      posix::sync_folder(posix::folder_of(link));
      return true;
    }
    error = errno;
    ::unlink(fresh.c_str());
    // Gone again: remove_leftovers() in another thread took it, because links cannot be locked.
    if (error != ENOENT) break;
  }
  posix::fail(link, "create the link", error);
}

fs::path follow_link_file(const fs::path& path) {
  constexpr std::uintmax_t kLongest = 300;
  std::error_code none;
  const fs::file_status status = fs::symlink_status(path, none);
  if (status.type() != fs::file_type::regular || fs::file_size(path, none) > kLongest) return path;
  const std::string text = read_file(path);
  if (!text.starts_with(kLinkFile) || !text.ends_with('\n')) return path;
  const std::string name = text.substr(kLinkFile.size(), text.size() - kLinkFile.size() - 1);
  const bool is_a_name = !name.empty() && name != "." && name != ".." &&
                         name.find('/') == std::string::npos &&
                         name.find('\0') == std::string::npos;
  return is_a_name ? posix::folder_of(path) / name : path;
}

FolderLock::FolderLock(const fs::path& folder) : path_(folder / run_layout::kLock) {
  for (;;) {
    Descriptor file = posix::open_descriptor(path_, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
    if (!file.is_open()) posix::fail(path_, "open", errno);
    if (!take_lock(file.get(), path_)) refuse_locked(folder, file.get());
    // The one who held it may have removed it between our opening and locking.
    if (!posix::is_still_named(file.get(), path_)) continue;
    const std::string process = std::to_string(::getpid());
    // Only for the message of others; that it is locked is what counts.
    [[maybe_unused]] const bool is_written =
        ::ftruncate(file.get(), 0) == 0 && ::write(file.get(), process.data(), process.size()) > 0;
    descriptor_ = std::move(file);
    return;
  }
}

FolderLock::~FolderLock() {
  // Removed while it is held: nobody else can hold it, so nobody loses theirs.
  if (posix::is_still_named(descriptor_.get(), path_)) ::unlink(path_.c_str());
}

std::uint64_t fingerprint(std::string_view bytes, std::uint64_t start) {
  constexpr std::uint64_t kPrime = 0x100000001b3ULL;
  std::uint64_t hash = start;
  for (const char byte : bytes)
    hash = (hash ^ static_cast<unsigned char>(byte)) * kPrime;
  return hash;
}

std::string to_hex(std::uint64_t value) {
  std::array<char, 16> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  const auto count = static_cast<std::size_t>(result.ptr - digits.data());
  return std::string(digits.size() - count, '0').append(digits.data(), count);
}

}  // namespace regard
