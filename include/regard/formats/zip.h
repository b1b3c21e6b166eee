#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace regard {

/// A zip file to read from, with stored and deflated entries. Nothing of the file is trusted:
/// memory is bounded by the file size times 1032, the most that deflate can pack, and all is
/// checked again when an entry is read. Not for several threads at once.
class ZipFile {
 public:
  /// Reads the list of entries. Throws UserError naming the file, the entry and what is wrong:
  /// damage, encryption, another compression, a name that occurs twice, is empty or has a zero
  /// byte, sizes that the file cannot hold, 4 GiB or more of file or entry, more than 65,534
  /// entries, more than 1024 bytes of extra fields in an entry.
  static ZipFile open(const std::filesystem::path& path);

  /// As given to open().
  const std::filesystem::path& path() const { return path_; }

  /// In the order of the file, folders ("name/") included. Names may be anything: they are not fit
  /// to be paths on disk.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return entries_.contains(name); }
  /// Bytes of the unpacked contents, as the file declares them. Throws UserError when there is no
  /// such entry.
  std::uint64_t size(const std::string& name) const;

  /// The unpacked contents, checked against size and CRC. Throws UserError when there is no such
  /// entry, it has more than `max_bytes` or it is damaged.
  std::string read(const std::string& name, std::size_t max_bytes) const;
  /// The same into memory of exactly size(name) bytes; throws std::invalid_argument for another
  /// size.
  void read_into(const std::string& name, std::span<std::byte> bytes) const;

 private:
  struct Entry {
    std::uint64_t offset = 0;  ///< of its record in the list of entries
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
  };

  ZipFile() = default;
  const Entry& entry(const std::string& name) const;

  std::filesystem::path path_;
  std::shared_ptr<void> handle_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, Entry> entries_;
};

/// What to pack: the contents of `file` under `name`.
struct ZipEntry {
  std::string name;  ///< a relative path with '/' between its parts
  std::filesystem::path file;
};

enum class ZipMethod { stored, deflated };

/// Packs files of any size in the given order, in place and without fsync; memory does not grow
/// with the files. Times are 1980-01-01 and rights 0644, so equal contents give equal bytes.
/// Throws, before anything is written, std::invalid_argument for a name that occurs twice, is
/// empty, no UTF-8, longer than 65,535 bytes, has a zero byte or a backslash, or has an empty part,
/// "." or "..", and for more than 65,534 entries; UserError when a file to pack is not a readable
/// regular file. Throws RunError naming path and reason when the system refuses; then the
/// unfinished file is removed.
void write_zip(const std::filesystem::path& path, std::span<const ZipEntry> entries,
               ZipMethod method = ZipMethod::deflated);

}  // namespace regard
