#include <array>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <minizip/zip.h>

#include "regard/core/descriptor.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/formats/zip.h"

#include "formats/zip_limits.h"

namespace regard {
namespace {

constexpr std::size_t kMaxNameBytes = 65'535;
constexpr unsigned long kFirstDay = 1U << 5 | 1U << 0;  // month and day; the years count from 1980
constexpr unsigned long kRights = 0100644UL << 16;      // a regular file, as Unix writes it
constexpr unsigned long kMadeByUnix = 3U << 8 | 45U;    // version 4.5: with 64-bit sizes
constexpr unsigned long kUtf8Name = 1U << 11;
// Far enough below 4 GiB that contents which do not compress stay below it as well.
constexpr std::uint64_t kZip64From = 0xF000'0000;

[[noreturn]] void refuse_name(const std::string& name, std::string_view why) {
  throw std::invalid_argument(str("write_zip: '", escape_for_message(name), "' ", why));
}

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  // minizip keeps no reason of its own; where the system gave none, it is a full disk or a bug.
  const std::string reason =
      errno != 0 ? std::generic_category().message(errno) : "the system reported no reason";
  throw RunError(SourceSpot{path.string()}, str(what, ": ", reason));
}

void check_name(const std::string& name) {
  if (name.size() > kMaxNameBytes) refuse_name(name, "is longer than 65,535 bytes");
  if (!is_valid_utf8(name)) refuse_name(name, "is not UTF-8");
  if (name.find('\0') != std::string::npos) refuse_name(name, "has a zero byte");
  if (name.find('\\') != std::string::npos) refuse_name(name, "has a backslash");
  for (const std::string& part : split(name, '/')) {
    if (part.empty()) refuse_name(name, "is empty or has an empty part");
    if (part == "." || part == "..") refuse_name(name, "has a part that is '.' or '..'");
  }
}

void check_entries(std::span<const ZipEntry> entries) {
  if (entries.size() > kMaxZipEntries) {
    throw std::invalid_argument("write_zip: more than 65,534 entries");
  }
  std::set<std::string_view> names;
  for (const ZipEntry& entry : entries) {
    check_name(entry.name);
    if (!names.insert(entry.name).second) refuse_name(entry.name, "occurs twice");
    require_regular_file(entry.file);
  }
}

/// Never a device, a pipe or a link, which were there before.
void remove_unfinished(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto status = std::filesystem::symlink_status(path, ignored);
  if (std::filesystem::is_regular_file(status)) std::filesystem::remove(path, ignored);
}

/// A file to pack.
class Source {
 public:
  explicit Source(const std::filesystem::path& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (!descriptor_.is_open()) fail(path_, "cannot be opened");
  }

  std::uint64_t size() const {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0) fail(path_, "cannot be read");
    return static_cast<std::uint64_t>(status.st_size);
  }
  /// The number of bytes read; 0 at the end.
  std::size_t read(std::span<char> buffer) {
    ssize_t count = 0;
    do {
      count = ::read(descriptor_.get(), buffer.data(), buffer.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) fail(path_, "cannot be read");
    return static_cast<std::size_t>(count);
  }

 private:
  std::filesystem::path path_;
  Descriptor descriptor_;
};

/// A zip file that is written; removed again unless close() was reached.
class Archive {
 public:
  explicit Archive(const std::filesystem::path& path) : path_(path) {
    errno = 0;
    handle_ = zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
    if (handle_ == nullptr) fail(path_, "cannot be opened");
  }
  ~Archive() {
    if (handle_ == nullptr) return;
    zipClose(handle_, nullptr);
    remove_unfinished(path_);
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  void add(const ZipEntry& entry, ZipMethod method) {
    Source source(entry.file);
    const std::uint64_t size = source.size();
    begin_entry(entry.name, method, size >= kZip64From);
    std::array<char, 64 * 1024> buffer{};
    std::uint64_t used = 0;
    while (const std::size_t count = source.read(buffer)) {
      used += count;
      if (used > size) break;
      check(zipWriteInFileInZip(handle_, buffer.data(), static_cast<unsigned>(count)));
    }
    if (used != size) {
      throw RunError(SourceSpot{entry.file.string()}, "changed while it was being compressed");
    }
    check(zipCloseFileInZip(handle_));
  }

  void close() {
    errno = 0;
    const int status = zipClose(std::exchange(handle_, nullptr), nullptr);
    if (status == ZIP_OK) return;
    const int error_number = errno;
    remove_unfinished(path_);
    errno = error_number;
    check(status);
  }

 private:
  void begin_entry(const std::string& name, ZipMethod method, bool is_large) {
    zip_fileinfo info{};
    info.dosDate = kFirstDay << 16;
    info.external_fa = kRights;
    const int number = method == ZipMethod::stored ? 0 : Z_DEFLATED;
    errno = 0;
    check(zipOpenNewFileInZip4_64(handle_, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr,
                                  number, Z_DEFAULT_COMPRESSION, 0, -MAX_WBITS, MAX_MEM_LEVEL,
                                  Z_DEFAULT_STRATEGY, nullptr, 0, kMadeByUnix, kUtf8Name,
                                  is_large ? 1 : 0));
  }
  void check(int status) const {
    if (status != ZIP_OK) fail(path_, "cannot be written");
  }

  std::filesystem::path path_;
  zipFile handle_ = nullptr;
};

}  // namespace

void write_zip(const std::filesystem::path& path, std::span<const ZipEntry> entries,
               ZipMethod method) {
  check_entries(entries);
  Archive archive(path);
  for (const ZipEntry& entry : entries)
    archive.add(entry, method);
  archive.close();
}

}  // namespace regard
