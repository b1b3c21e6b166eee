#include "regard/core/mapped_file.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "core/posix.h"

namespace regard {
namespace {

[[noreturn]] void fail_system(const std::filesystem::path& path, const char* what) {
  const std::string reason = posix::reason(errno);
  throw RunError(SourceSpot{path.string()}, str(what, ": ", reason));
}

}  // namespace

std::optional<MappedFile> MappedFile::map(int descriptor, std::size_t size, bool is_private) {
  // An empty file cannot be mapped; it is an empty span.
  if (size == 0) return MappedFile(nullptr, 0);
  const int protection = is_private ? PROT_READ | PROT_WRITE : PROT_READ;
  const int flags = is_private ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED;
  void* memory = ::mmap(nullptr, size, protection, flags, descriptor, 0);
  if (memory == MAP_FAILED) return std::nullopt;
  return MappedFile({memory, [size](void* start) { ::munmap(start, size); }}, size);
}

std::optional<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file = posix::open_descriptor(path, O_RDONLY);
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  return map(file.get(), static_cast<std::size_t>(status.st_size), false);
}

MappedFile MappedFile::open_private(const std::filesystem::path& path, std::size_t min_bytes,
                                    const char* fix) {
  require_regular_file(path);
  const Descriptor file = posix::open_descriptor(path, O_RDONLY);
  if (!file.is_open()) fail_system(path, "cannot be opened");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_system(path, "cannot be read");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < min_bytes) {
    throw UserError(SourceSpot{path.string()}, str("has only ", size, " bytes"), fix);
  }
  std::optional<MappedFile> mapped = map(file.get(), size, true);
  if (!mapped) fail_system(path, "cannot be mapped into memory");
  return *std::move(mapped);
}

}  // namespace regard
