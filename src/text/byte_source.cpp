#include "text/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "regard/core/descriptor.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "text/file_kind.h"
#include "text/unpacking_source.h"

namespace regard {
namespace {

/// How often a waiting reader looks at the stop flag.
constexpr int kStopPollMilliseconds = 100;

[[noreturn]] void fail_reading(const std::string& name, int error) {
  throw RunError(SourceSpot{name}, str("cannot be read: ", std::strerror(error)));
}

class DescriptorSource : public ByteSource {
 public:
  DescriptorSource(int descriptor, std::string name, const StopFlag* stop)
      : descriptor_(descriptor), name_(std::move(name)), stop_(stop) {}
  DescriptorSource(Descriptor file, std::string name, const StopFlag* stop)
      : DescriptorSource(file.get(), std::move(name), stop) {
    file_ = std::move(file);
  }

  std::size_t read(char* into, std::size_t room) override {
    while (true) {
      if (stop_ != nullptr && !wait_until_ready()) return 0;
      const ssize_t count = ::read(descriptor_, into, room);
      if (count >= 0) return static_cast<std::size_t>(count);
      // A descriptor in non-blocking mode is waited for as well, else the loop would spin.
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        poll_once(kStopPollMilliseconds);
      } else if (errno != EINTR) {
        fail_reading(name_, errno);
      }
    }
  }

  bool is_ready() override { return poll_once(0); }

 private:
  bool poll_once(int milliseconds) {
    pollfd request{descriptor_, POLLIN, 0};
    return ::poll(&request, 1, milliseconds) > 0;
  }

  /// False when the stop flag was raised before anything came.
  bool wait_until_ready() {
    while (!poll_once(kStopPollMilliseconds)) {
      if (stop_->is_requested()) return false;
    }
    return true;
  }

  Descriptor file_;  ///< what is closed at the end; not open when the caller keeps it
  int descriptor_;
  std::string name_;
  const StopFlag* stop_;
};

/// Tells by the first bytes what a source holds: text is handed on, packed text unpacked, anything
/// else refused.
class RecognisingSource : public ByteSource {
 public:
  RecognisingSource(std::unique_ptr<ByteSource> source, std::string name, const StopFlag* stop)
      : source_(std::move(source)), name_(std::move(name)), stop_(stop) {}

  std::size_t read(char* into, std::size_t room) override {
    recognise_start(true);
    if (used_ == start_.size()) return source_->read(into, room);
    const std::size_t count = start_.copy(into, room, used_);
    used_ += count;
    if (used_ == start_.size()) start_ = std::string();
    used_ = std::min(used_, start_.size());
    return count;
  }

  bool is_ready() override {
    return recognise_start(false) && (used_ < start_.size() || source_->is_ready());
  }

 private:
  /// False when that would mean to wait. Bytes that may be the front of a sign are waited for even
  /// where a line could be given: they hold no end of a line.
  bool recognise_start(bool may_wait) {
    constexpr std::size_t kLook = std::size_t{1} << 16;
    while (!is_known_) {
      if (!may_wait && !source_->is_ready()) return false;
      const std::size_t held = start_.size();
      start_.resize(held + kLook);
      const std::size_t count = source_->read(start_.data() + held, kLook);
      start_.resize(held + count);
      if (count == 0 || !needs_more_to_recognise(start_)) judge();
    }
    return true;
  }

  void judge() {
    FileKind kind = recognise(start_);
    if (kind.form == FileKind::Form::text) {
      is_known_ = true;
    } else if (kind.is_packed() && packing_.empty()) {
      source_ =
          make_unpacking_source({std::move(source_), std::move(start_), kind.form, name_, stop_});
      start_ = std::string();
      packing_ = std::move(kind.name);
    } else {
      const std::string what = packing_.empty()
                                   ? str("is ", kind.name, ", not a text")
                                   : str("is ", packing_, " of ", kind.name, ", not of a text");
      throw UserError(SourceSpot{name_}, what, kind.is_packed() ? "decompress it once" : kind.fix);
    }
  }

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  const StopFlag* stop_;
  std::string start_;     ///< read from the source already
  std::size_t used_ = 0;  ///< bytes of `start_` that were handed on
  std::string packing_;   ///< what the source was before it was unpacked; empty = not packed
  bool is_known_ = false;
};

class StreamSource : public ByteSource {
 public:
  StreamSource(std::istream& stream, std::string name) : stream_(stream), name_(std::move(name)) {}

  std::size_t read(char* into, std::size_t room) override {
    const int first = stream_.get();
    if (stream_.bad()) fail_reading(name_, EIO);
    if (first == std::istream::traits_type::eof()) return 0;
    into[0] = static_cast<char>(first);
    const std::streamsize more = stream_.readsome(into + 1, static_cast<std::streamsize>(room - 1));
    return 1 + static_cast<std::size_t>(std::max<std::streamsize>(more, 0));
  }

  bool is_ready() override { return stream_.rdbuf()->in_avail() != 0; }

 private:
  std::istream& stream_;
  std::string name_;
};

/// Terminals and /dev/null come to an end, other devices do not.
bool is_endless(int descriptor, const struct stat& status) {
  if (S_ISBLK(status.st_mode)) return true;
  if (!S_ISCHR(status.st_mode) || ::isatty(descriptor) != 0) return false;
  struct stat null = {};
  return ::stat("/dev/null", &null) != 0 || null.st_rdev != status.st_rdev;
}

}  // namespace

std::unique_ptr<ByteSource> open_file_source(const std::filesystem::path& path,
                                             const StopFlag* stop) {
  // Not repeated when a signal interrupts it: it may be waiting for the writer of a FIFO.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    throw UserError(SourceSpot{path.string()}, str("cannot be opened: ", std::strerror(errno)));
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || S_ISDIR(status.st_mode)) {
    throw UserError(SourceSpot{path.string()}, "is a directory, not a file");
  }
  if (is_endless(file.get(), status)) {
    throw UserError(SourceSpot{path.string()}, "is a device, not a text", "use a file or a pipe");
  }
  auto bytes = std::make_unique<DescriptorSource>(std::move(file), path.string(), stop);
  return std::make_unique<RecognisingSource>(std::move(bytes), path.string(), stop);
}

std::unique_ptr<ByteSource> make_descriptor_source(int descriptor, std::string name,
                                                   const StopFlag* stop) {
  auto bytes = std::make_unique<DescriptorSource>(descriptor, name, stop);
  return std::make_unique<RecognisingSource>(std::move(bytes), std::move(name), stop);
}

std::unique_ptr<ByteSource> make_stream_source(std::istream& stream, std::string name) {
  return std::make_unique<StreamSource>(stream, std::move(name));
}

}  // namespace regard
