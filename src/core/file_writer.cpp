#include "regard/core/file_writer.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "core/posix.h"

namespace regard {

FileWriter::FileWriter(const std::filesystem::path& path, Mode mode) : path_(path) {
  const int flags = mode == Mode::append ? O_APPEND : O_TRUNC;
  // Not repeated when a signal interrupts it: it may be waiting for the reader of a FIFO.
  descriptor_ = Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666));
  if (!descriptor_.is_open()) fail("cannot be opened", errno);
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) == 0) size_ = status.st_size;
}

void FileWriter::write(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const int error = posix::try_write_all(descriptor_.get(), text); error != 0) {
    // A reader that follows the file must not stop at half a record for ever.
    [[maybe_unused]] const int ignored = ::ftruncate(descriptor_.get(), size_);
    fail("cannot be written", error);
  }
  size_ += static_cast<std::int64_t>(bytes.size());
}

void FileWriter::close() {
  if (!descriptor_.close()) fail("cannot be closed", errno);
}

void FileWriter::fail(const char* what, int error) const {
  throw RunError(SourceSpot{path_.string()}, str(what, ": ", posix::reason(error)));
}

}  // namespace regard
