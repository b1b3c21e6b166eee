#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regard/core/files.h"
#include "regard/core/mapped_file.h"
#include "regard/data/batch_planner.h"

namespace regard {

/// Names the two files of a store on disk and what they were made from: `stem`.records holds the
/// pairs one after the other, `stem`.index their lengths, a note and the checksums of both.
struct PairStoreFile {
  std::filesystem::path stem;
  std::uint64_t key = 0;
};

/// Many pairs of sequences, in memory or memory-mapped. An element is `element_bytes` long (a
/// token, a byte of text).
class PairStore {
 public:
  struct Record {
    std::span<const std::byte> first;
    std::span<const std::byte> second;
  };

  /// Opens a store on disk; null when there is none, or it has another key, another element size or
  /// damage anywhere.
  static std::shared_ptr<const PairStore> open(const PairStoreFile& file,
                                               std::size_t element_bytes);

  /// Elements of both sides of each pair.
  std::span<const PairLengths> lengths() const { return lengths_; }
  Record record(std::int64_t pair) const;
  const std::string& note() const { return note_; }

 private:
  friend class PairStoreWriter;

  /// Bytes that the lengths ask for.
  std::uint64_t set_starts();

  // In memory the first two hold the data, on disk the next two.
  std::string owned_records_;
  std::vector<PairLengths> owned_lengths_;
  std::optional<MappedFile> record_file_;
  std::optional<MappedFile> index_file_;

  std::size_t element_bytes_ = 1;
  std::span<const std::byte> records_;
  std::span<const PairLengths> lengths_;
  std::vector<std::uint64_t> starts_;  ///< byte where every 64th pair starts
  std::string note_;
};

/// The characters of bytes, which must live on.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Makes a PairStore. On disk it appears when finish() returns; memory grows by eight bytes a pair.
class PairStoreWriter {
 public:
  /// Without `file` the store is in memory.
  PairStoreWriter(std::optional<PairStoreFile> file, std::size_t element_bytes);

  void append(std::span<const std::byte> first, std::span<const std::byte> second);
  std::shared_ptr<const PairStore> finish(std::string note);

 private:
  void write_out(std::size_t bytes);
  void write_index(const std::string& note);
  std::shared_ptr<const PairStore> finish_in_memory(std::string note);

  std::optional<PairStoreFile> file_;
  std::size_t element_bytes_;
  std::optional<AtomicFile> record_file_;
  std::string pending_;  ///< all records in memory, or those not written yet
  std::vector<PairLengths> lengths_;
  std::uint64_t record_bytes_ = 0;
  std::uint64_t record_checksum_;
};

}  // namespace regard
