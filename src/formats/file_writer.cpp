#include "formats/file_writer.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

FileWriter::FileWriter(const std::filesystem::path& path, Mode mode) : path_(path) {
  const int flags = mode == Mode::append ? O_APPEND : O_TRUNC;
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
  if (descriptor_ < 0) fail("cannot be opened", errno);
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0) size_ = status.st_size;
}

FileWriter::~FileWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FileWriter::write(std::span<const std::byte> bytes) {
  std::span<const std::byte> rest = bytes;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int error_number = count < 0 ? errno : ENOSPC;
      // A reader that follows the file must not stop at half a record for ever.
      [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, size_);
      fail("cannot be written", error_number);
    }
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
  size_ += static_cast<std::int64_t>(bytes.size());
}

void FileWriter::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot be closed", errno);
}

void FileWriter::fail(const char* what, int error_number) const {
  throw RunError(SourceSpot{path_.string()},
                 str(what, ": ", std::generic_category().message(error_number)));
}

}  // namespace regard
