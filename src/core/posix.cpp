#include "core/posix.h"

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

bool Descriptor::close() {
  if (!is_open()) return true;
  return ::close(release()) == 0 || errno == EINTR;
}

}  // namespace regard

namespace regard::posix {
namespace {

std::string fix_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space there or choose another location";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a location that you have permission to write to";
    default:
      return "";
  }
}

bool is_in_proc(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(folder_of(path), error);
  return !error && folder.string().starts_with("/proc/");
}

}  // namespace

std::string reason(int error) {
  char buffer[256];
  // The GNU form: it may return a text of its own instead of filling the buffer.
  return ::strerror_r(error, buffer, sizeof buffer);
}

void fail(const std::filesystem::path& path, std::string_view action, int error) {
  throw RunError(SourceSpot{path.string()}, str("cannot ", action, ": ", reason(error)),
                 fix_for(error));
}

Descriptor open_descriptor(const std::filesystem::path& path, int flags, mode_t mode) {
  return Descriptor(retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
}

int try_write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = retry([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  if (const int error = try_write_all(descriptor, bytes); error != 0) fail(path, "write", error);
}

void sync_file(int descriptor, const std::filesystem::path& path) {
  if (retry([&] { return ::fsync(descriptor); }) != 0) fail(path, "write to the disk", errno);
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor = open_descriptor(folder, O_RDONLY | O_DIRECTORY);
  if (!descriptor.is_open()) fail(folder, "open", errno);
  if (retry([&] { return ::fsync(descriptor.get()); }) == 0) return;
  if (errno != EINVAL && errno != ENOTSUP) fail(folder, "write to the disk", errno);
}

bool is_still_named(int descriptor, const std::filesystem::path& path) {
  struct stat opened = {};
  struct stat named = {};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::filesystem::path follow_links(const std::filesystem::path& path) {
  constexpr int kMaxLinks = 40;  // as the Linux kernel
  std::filesystem::path place = path;
  for (int i = 0; i < kMaxLinks; ++i) {
    std::error_code error;
    if (!std::filesystem::is_symlink(std::filesystem::symlink_status(place, error))) return place;
    if (is_in_proc(place)) return place;
    const std::filesystem::path next = std::filesystem::read_symlink(place, error);
    if (error) fail(path, "follow the link", error.value());
    place = next.is_absolute() ? next : folder_of(place) / next;
  }
  fail(path, "follow the link", ELOOP);
}

}  // namespace regard::posix
