#include "text/byte_source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>
#include <zlib.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

/// How often a waiting reader looks at the stop flag.
constexpr int kStopPollMilliseconds = 100;

[[noreturn]] void fail_reading(const std::string& name, int error) {
  throw RunError(SourceSpot{name}, str("cannot be read: ", std::strerror(error)));
}

class DescriptorSource : public ByteSource {
 public:
  DescriptorSource(int descriptor, bool owns_it, std::string name, const StopFlag* stop)
      : descriptor_(descriptor), owns_it_(owns_it), name_(std::move(name)), stop_(stop) {}
  ~DescriptorSource() override {
    if (owns_it_) ::close(descriptor_);
  }
  DescriptorSource(const DescriptorSource&) = delete;
  DescriptorSource& operator=(const DescriptorSource&) = delete;

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

  int descriptor_;
  bool owns_it_;
  std::string name_;
  const StopFlag* stop_;
};

/// Unpacks a file of one or more gzip members. zlib's own reader of files takes whatever follows a
/// member for nothing, so that damage to the start of the next one would lose the rest in silence.
class GzipSource : public ByteSource {
 public:
  /// Takes over the descriptor, which stands at the start of the file.
  GzipSource(int descriptor, std::string name)
      : packed_(descriptor, true, name, nullptr), name_(std::move(name)) {
    constexpr int kGzipOnly = 15 + 16;  // the largest window, with the header of gzip
    if (::inflateInit2(&stream_, kGzipOnly) != Z_OK) fail_reading(name_, ENOMEM);
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t read(char* into, std::size_t room) override {
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(room, 1U << 30));
    stream_.next_out = reinterpret_cast<Bytef*>(into);
    stream_.avail_out = wanted;
    while (stream_.avail_out == wanted && take_in()) {
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        is_in_member_ = false;
        ::inflateReset(&stream_);
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        const char* reason = stream_.msg == nullptr ? "unknown reason" : stream_.msg;
        refuse(str("the gzip file is damaged: ", reason));
      }
    }
    return wanted - stream_.avail_out;
  }

  bool is_ready() override { return true; }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw UserError(SourceSpot{name_}, what, "make or fetch the file again");
  }

  /// Makes sure that there are bytes of a member to unpack; false at the end of the file. Zeros
  /// between and after members are padding.
  bool take_in() {
    for (;;) {
      while (!is_in_member_ && stream_.avail_in > 0 && *stream_.next_in == 0) {
        ++stream_.next_in;
        --stream_.avail_in;
      }
      if (stream_.avail_in > 0) break;
      stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_in = static_cast<unsigned>(packed_.read(buffer_.data(), buffer_.size()));
      if (stream_.avail_in > 0) continue;
      if (is_in_member_) refuse("the gzip file is cut short");
      return false;
    }
    is_in_member_ = true;
    return true;
  }

  DescriptorSource packed_;
  std::string name_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 17);
  z_stream stream_{};
  bool is_in_member_ = false;
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

bool has_gzip_magic(int descriptor) {
  std::array<unsigned char, 2> start{};
  return ::pread(descriptor, start.data(), start.size(), 0) == 2 && start[0] == 0x1f &&
         start[1] == 0x8b;
}

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
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw UserError(SourceSpot{path.string()}, str("cannot be opened: ", std::strerror(errno)));
  }
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    throw UserError(SourceSpot{path.string()}, "is a directory, not a file");
  }
  if (is_endless(descriptor, status)) {
    ::close(descriptor);
    throw UserError(SourceSpot{path.string()}, "is a device, not a text", "give a file or a pipe");
  }
  if (S_ISREG(status.st_mode) && has_gzip_magic(descriptor)) {
    return std::make_unique<GzipSource>(descriptor, path.string());
  }
  return std::make_unique<DescriptorSource>(descriptor, true, path.string(), stop);
}

std::unique_ptr<ByteSource> make_descriptor_source(int descriptor, std::string name,
                                                   const StopFlag* stop) {
  return std::make_unique<DescriptorSource>(descriptor, false, std::move(name), stop);
}

std::unique_ptr<ByteSource> make_stream_source(std::istream& stream, std::string name) {
  return std::make_unique<StreamSource>(stream, std::move(name));
}

}  // namespace regard
