#include "regard/formats/zip.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <minizip/unzip.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "formats/zip_limits.h"

namespace regard {
namespace {

constexpr const char* kZipFix = "the file is truncated, corrupt or not a zip file; get a new copy";
constexpr const char* kSizeFix = "extract the file, or split it";
constexpr std::uint64_t kMaxRatio = 1032;  // of deflate: 258 bytes from 2 bits
constexpr std::uint64_t kTooLarge = UINT32_MAX;
constexpr std::size_t kMaxExtra = 1024;  // minizip is slow at these fields; real ones are short
constexpr std::size_t kEndBytes = 22;    // the record at the end of every zip

// Bits of an entry's flags that say that it is encrypted or a patch.
constexpr unsigned long kUnreadableFlags = 1U << 0 | 1U << 5 | 1U << 6 | 1U << 13;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what,
                         const char* fix = kZipFix) {
  throw UserError(SourceSpot{path.string()}, what, fix);
}

/// What one record of the list of entries says.
struct Record {
  std::string name;
  unz_file_info64 info{};
};

Record read_record(const std::filesystem::path& path, unzFile handle) {
  Record record;
  const auto read = [&](char* name, std::size_t size) {
    return unzGetCurrentFileInfo64(handle, &record.info, name, size, nullptr, 0, nullptr, 0);
  };
  if (read(nullptr, 0) != UNZ_OK) refuse(path, "the central directory is corrupt");
  const std::size_t size = record.info.size_filename;
  record.name.resize(size);
  if (read(record.name.data(), size) != UNZ_OK || record.info.size_filename != size) {
    refuse(path, "the central directory is corrupt");
  }
  return record;
}

void check_record(const std::filesystem::path& path, const Record& record) {
  const unz_file_info64& info = record.info;
  const auto refuse_entry = [&](const std::string& what, const char* fix = kZipFix) {
    refuse(path, str("entry ", quote_for_message(record.name), " ", what), fix);
  };
  if (record.name.empty()) refuse_entry("has no name");
  if (record.name.find('\0') != std::string::npos) refuse_entry("has a zero byte in its name");
  if (info.size_file_extra > kMaxExtra) {
    refuse_entry(str("has ", info.size_file_extra, " bytes of extra fields; at most ", kMaxExtra,
                     " are read"));
  }
  if ((info.flag & kUnreadableFlags) != 0) {
    refuse_entry("is encrypted or a patch", "compress the file again without encryption");
  }
  if (info.uncompressed_size >= kTooLarge || info.compressed_size >= kTooLarge) {
    refuse_entry("has 4 GiB or more, which is not supported", kSizeFix);
  }
  const bool is_stored = info.compression_method == 0;
  if (!is_stored && info.compression_method != Z_DEFLATED) {
    refuse_entry(str("has the unknown compression ", info.compression_method),
                 "compress the file again, stored or deflated");
  }
  if (is_stored && info.compressed_size != info.uncompressed_size) {
    refuse_entry(str("is stored, but has ", info.uncompressed_size, " bytes in ",
                     info.compressed_size, " compressed ones"));
  }
  if (info.uncompressed_size > info.compressed_size * kMaxRatio) {
    refuse_entry(str("would have ", info.uncompressed_size, " bytes in ", info.compressed_size,
                     " compressed ones, more than the compression can achieve"));
  }
}

std::shared_ptr<void> open_handle(const std::filesystem::path& path) {
  std::shared_ptr<void> handle(unzOpen64(path.c_str()), [](unzFile file) {
    if (file != nullptr) unzClose(file);
  });
  if (handle == nullptr) refuse(path, "has no central directory");
  return handle;
}

std::uint64_t file_bytes(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) throw RunError(SourceSpot{path.string()}, str("cannot be read: ", error.message()));
  return bytes;
}

/// The record at the end of a zip file. minizip takes what is cut off it for zeros, and does not
/// open a file that has nothing else.
struct EndRecord {
  bool is_whole = false;
  bool is_alone = false;  ///< an empty zip file
};

EndRecord find_end(const std::filesystem::path& path, std::uint64_t file_bytes) {
  constexpr std::uint64_t kMaxComment = 65'535;
  constexpr std::size_t kMagicBytes = 4;
  constexpr std::size_t kCommentLength = 20;  // position in the record
  const std::uint64_t tail_bytes = std::min(file_bytes, kMaxComment + kEndBytes);
  std::string tail(tail_bytes, '\0');
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(file_bytes - tail_bytes));
  in.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  const std::size_t start = tail.rfind("PK\5\6");
  if (!in || start == std::string::npos || tail.size() - start < kEndBytes) return {};
  std::uint16_t comment_bytes = 0;
  std::memcpy(&comment_bytes, tail.data() + start + kCommentLength, sizeof comment_bytes);
  const bool has_no_entries =
      tail.find_first_not_of('\0', start + kMagicBytes) >= start + kCommentLength;
  return {.is_whole = tail.size() - start == kEndBytes + comment_bytes,
          .is_alone = start == 0 && tail_bytes == file_bytes && has_no_entries};
}

std::uint64_t count_entries(const std::filesystem::path& path, unzFile handle) {
  unz_global_info64 global{};
  if (unzGetGlobalInfo64(handle, &global) != UNZ_OK) refuse(path, "the end is corrupt");
  if (global.number_entry > kMaxZipEntries) {
    refuse(path, str("would have ", global.number_entry, " entries; at most ", kMaxZipEntries,
                     " are read"));
  }
  return global.number_entry;
}

}  // namespace

ZipFile ZipFile::open(const std::filesystem::path& path) {
  require_regular_file(path);
  ZipFile file;
  file.path_ = path;
  std::uint64_t bytes_left = file_bytes(path);
  // Some versions of minizip read sizes and offsets beyond 32 bits wrongly.
  if (bytes_left >= kTooLarge) refuse(path, "has 4 GiB or more, which is not supported", kSizeFix);
  const EndRecord end = find_end(path, bytes_left);
  if (!end.is_whole) refuse(path, "has no complete end record of a zip file");
  if (end.is_alone) return file;
  file.handle_ = open_handle(path);
  unzFile handle = file.handle_.get();
  const std::uint64_t num_entries = count_entries(path, handle);
  for (std::uint64_t i = 0; i < num_entries; ++i) {
    if ((i == 0 ? unzGoToFirstFile(handle) : unzGoToNextFile(handle)) != UNZ_OK) {
      refuse(path, str("has ", i, " entries, but says ", num_entries));
    }
    Record record = read_record(path, handle);
    check_record(path, record);
    // Entries that share packed bytes would make the whole larger than kMaxRatio allows.
    if (record.info.compressed_size > bytes_left) {
      refuse(path, str("entry ", quote_for_message(record.name), " has more compressed bytes, ",
                       record.info.compressed_size, ", than the file has left"));
    }
    bytes_left -= record.info.compressed_size;
    unz64_file_pos position{};
    if (unzGetFilePos64(handle, &position) != UNZ_OK)
      refuse(path, "the central directory is corrupt");
    const Entry entry{position.pos_in_zip_directory, position.num_of_file,
                      record.info.uncompressed_size};
    if (!file.entries_.emplace(record.name, entry).second) {
      refuse(path, str("the name ", quote_for_message(record.name), " occurs twice"));
    }
    file.names_.push_back(std::move(record.name));
  }
  return file;
}

const ZipFile::Entry& ZipFile::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    throw UserError(SourceSpot{path_.string()}, str("has no entry ", quote_for_message(name)));
  }
  return found->second;
}

std::uint64_t ZipFile::size(const std::string& name) const {
  return entry(name).bytes;
}

std::string ZipFile::read(const std::string& name, std::size_t max_bytes) const {
  const std::uint64_t size = entry(name).bytes;
  if (size > max_bytes) {
    throw UserError(SourceSpot{path_.string()},
                    str("entry ", quote_for_message(name), " has ", size,
                        " bytes, more than the limit of ", max_bytes));
  }
  std::string contents(size, '\0');
  read_into(name, std::as_writable_bytes(std::span(contents)));
  return contents;
}

void ZipFile::read_into(const std::string& name, std::span<std::byte> bytes) const {
  const Entry& entry = this->entry(name);
  if (bytes.size() != entry.bytes) throw std::invalid_argument("ZipFile::read_into: wrong size");
  const std::string what = str("entry ", quote_for_message(name));
  unzFile handle = handle_.get();
  const unz64_file_pos position{entry.offset, entry.number};
  if (unzGoToFilePos64(handle, &position) != UNZ_OK || unzOpenCurrentFile(handle) != UNZ_OK) {
    refuse(path_, str(what, " does not match the central directory"));
  }
  constexpr std::size_t kMaxRead = std::size_t{1} << 30;
  for (std::size_t used = 0; used < bytes.size();) {
    const std::size_t wanted = std::min(bytes.size() - used, kMaxRead);
    const int count =
        unzReadCurrentFile(handle, bytes.data() + used, static_cast<unsigned>(wanted));
    if (count <= 0) refuse(path_, str(what, " is truncated or corrupt after ", used, " bytes"));
    used += static_cast<std::size_t>(count);
  }
  // Only at the end of the contents does closing check them, and the file may have changed since it
  // was opened.
  std::array<char, 1> more{};
  if (unzReadCurrentFile(handle, more.data(), more.size()) != 0) {
    refuse(path_, str(what, " has more than the ", bytes.size(), " bytes that it should have"));
  }
  if (unzCloseCurrentFile(handle) != UNZ_OK) refuse(path_, str(what, " has a wrong checksum"));
}

}  // namespace regard
