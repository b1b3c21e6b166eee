#include "formats/file_mapping.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

[[noreturn]] void fail_system(const std::filesystem::path& path, const char* what) {
  const std::string reason = std::generic_category().message(errno);
  throw RunError(SourceSpot{path.string()}, str(what, ": ", reason));
}

/// Closes a file descriptor when it leaves the scope.
struct Descriptor {
  int value;
  ~Descriptor() { ::close(value); }
};

}  // namespace

FileMapping map_file(const std::filesystem::path& path, std::size_t min_bytes, const char* fix) {
  require_regular_file(path);
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) fail_system(path, "cannot be opened");
  struct stat status {};
  if (::fstat(file.value, &status) != 0) fail_system(path, "cannot be read");
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < min_bytes) {
    throw UserError(SourceSpot{path.string()}, str("has only ", bytes, " bytes"), fix);
  }
  void* memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.value, 0);
  if (memory == MAP_FAILED) fail_system(path, "cannot be mapped into memory");
  return {std::shared_ptr<void>(memory, [bytes](void* start) { ::munmap(start, bytes); }), bytes};
}

}  // namespace regard
