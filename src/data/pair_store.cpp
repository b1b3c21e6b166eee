#include "data/pair_store.h"

#include <bit>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

namespace regard {
namespace {

constexpr char kMagic[8] = {'R', 'G', 'D', 'P', 'A', 'I', 'R', 'S'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kPairsPerStart = 64;
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
constexpr std::uint64_t kChecksumStart = 0x9e3779b97f4a7c15ULL;

/// The end of an index file. All of it is written by this program on this kind of machine: no byte
/// order is fixed.
struct Trailer {
  char magic[8];
  std::uint32_t version;
  std::uint32_t element_bytes;
  std::uint64_t key;
  std::uint64_t pairs;
  std::uint64_t record_bytes;
  std::uint64_t note_bytes;
  std::uint64_t record_checksum;
  std::uint64_t index_checksum;  ///< of lengths and note
  std::uint64_t own_checksum;    ///< of the fields above
};
static_assert(sizeof(Trailer) == 72, "no padding, its bytes are written to a file");

/// In the manner of FNV-1a but by words of 8 bytes, which is several times faster; the last word is
/// filled up with zeros. A long sequence may be summed in parts whose sizes are multiples of 8.
std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t sum = kChecksumStart) {
  constexpr std::uint64_t kPrime = 0x100000001b3ULL;
  std::uint64_t word = 0;
  for (; bytes.size() >= sizeof word; bytes = bytes.subspan(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    sum = std::rotl(sum ^ word, 27) * kPrime;
  }
  if (bytes.empty()) return sum;
  word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return std::rotl(sum ^ word, 27) * kPrime;
}

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::uint64_t checksum_of(const Trailer& trailer) {
  return checksum(std::as_bytes(std::span(&trailer, 1)).first(offsetof(Trailer, own_checksum)));
}

std::filesystem::path with_ending(const std::filesystem::path& stem, const char* ending) {
  return stem.string() + ending;
}

/// The trailer of an index file if it fits the file and the request.
std::optional<Trailer> read_trailer(std::span<const std::byte> index, const PairStoreFile& file,
                                    std::size_t element_bytes) {
  Trailer trailer{};
  if (index.size() < sizeof trailer) return std::nullopt;
  std::memcpy(&trailer, index.data() + index.size() - sizeof trailer, sizeof trailer);
  const std::uint64_t body = index.size() - sizeof trailer;
  const bool is_whole = std::memcmp(trailer.magic, kMagic, sizeof kMagic) == 0 &&
                        trailer.version == kVersion && trailer.own_checksum == checksum_of(trailer);
  const bool fits = trailer.element_bytes == element_bytes && trailer.key == file.key &&
                    trailer.note_bytes <= body &&
                    trailer.pairs == (body - trailer.note_bytes) / sizeof(PairLengths) &&
                    trailer.pairs * sizeof(PairLengths) + trailer.note_bytes == body &&
                    trailer.index_checksum == checksum(index.first(body));
  if (!is_whole || !fits) return std::nullopt;
  return trailer;
}

}  // namespace

std::shared_ptr<const PairStore> PairStore::open(const PairStoreFile& file,
                                                 std::size_t element_bytes) {
  auto index = MappedFile::open(with_ending(file.stem, ".index"));
  auto records = MappedFile::open(with_ending(file.stem, ".records"));
  if (!index || !records) return nullptr;
  const auto trailer = read_trailer(index->bytes(), file, element_bytes);
  if (!trailer || trailer->record_bytes != records->bytes().size() ||
      trailer->record_checksum != checksum(records->bytes())) {
    return nullptr;
  }
  auto store = std::make_shared<PairStore>();
  store->element_bytes_ = element_bytes;
  store->records_ = records->bytes();
  store->lengths_ = {reinterpret_cast<const PairLengths*>(index->bytes().data()),
                     static_cast<std::size_t>(trailer->pairs)};
  store->note_ = as_text(index->bytes().subspan(store->lengths_.size_bytes(),
                                                static_cast<std::size_t>(trailer->note_bytes)));
  store->record_file_ = std::move(records);
  store->index_file_ = std::move(index);
  // Guards record() even where a checksum would agree by chance.
  if (store->set_starts() != trailer->record_bytes) return nullptr;
  return store;
}

std::uint64_t PairStore::set_starts() {
  starts_.clear();
  starts_.reserve(lengths_.size() / kPairsPerStart + 1);
  std::uint64_t start = 0;
  for (std::size_t i = 0; i < lengths_.size(); ++i) {
    if (i % kPairsPerStart == 0) starts_.push_back(start);
    start += (std::uint64_t{static_cast<std::uint32_t>(lengths_[i].source)} +
              static_cast<std::uint32_t>(lengths_[i].target)) *
             element_bytes_;
  }
  return start;
}

PairStore::Record PairStore::record(std::int64_t pair) const {
  const auto index = static_cast<std::size_t>(pair);
  if (pair < 0 || index >= lengths_.size()) throw std::out_of_range("no such pair in the corpus");
  std::size_t elements = 0;
  for (std::size_t i = index - index % kPairsPerStart; i < index; ++i) {
    elements +=
        static_cast<std::size_t>(lengths_[i].source) + static_cast<std::size_t>(lengths_[i].target);
  }
  const std::size_t start = starts_[index / kPairsPerStart] + elements * element_bytes_;
  const std::size_t first = static_cast<std::size_t>(lengths_[index].source) * element_bytes_;
  const std::size_t second = static_cast<std::size_t>(lengths_[index].target) * element_bytes_;
  return {records_.subspan(start, first), records_.subspan(start + first, second)};
}

PairStoreWriter::PairStoreWriter(std::optional<PairStoreFile> file, std::size_t element_bytes)
    : file_(std::move(file)), element_bytes_(element_bytes), record_checksum_(kChecksumStart) {
  if (file_) record_file_.emplace(with_ending(file_->stem, ".records"));
}

void PairStoreWriter::append(std::span<const std::byte> first, std::span<const std::byte> second) {
  constexpr std::size_t kLimit = std::numeric_limits<std::int32_t>::max();
  if (first.size() / element_bytes_ > kLimit || second.size() / element_bytes_ > kLimit) {
    throw std::length_error("a line of the corpus is too long");
  }
  lengths_.push_back({static_cast<std::int32_t>(first.size() / element_bytes_),
                      static_cast<std::int32_t>(second.size() / element_bytes_)});
  pending_ += as_text(first);
  pending_ += as_text(second);
  if (file_ && pending_.size() >= kWriteBytes) write_out(pending_.size() / 8 * 8);
}

void PairStoreWriter::write_out(std::size_t bytes) {
  const std::string_view part(pending_.data(), bytes);
  record_checksum_ = checksum(as_bytes(part), record_checksum_);
  record_bytes_ += part.size();
  record_file_->write(part);
  pending_.erase(0, bytes);
}

void PairStoreWriter::write_index(const std::string& note) {
  const auto lengths = std::as_bytes(std::span(lengths_));
  Trailer trailer{};
  std::memcpy(trailer.magic, kMagic, sizeof kMagic);
  trailer.version = kVersion;
  trailer.element_bytes = static_cast<std::uint32_t>(element_bytes_);
  trailer.key = file_->key;
  trailer.pairs = lengths_.size();
  trailer.record_bytes = record_bytes_;
  trailer.note_bytes = note.size();
  trailer.record_checksum = record_checksum_;
  trailer.index_checksum = checksum(as_bytes(note), checksum(lengths));
  trailer.own_checksum = checksum_of(trailer);
  AtomicFile index(with_ending(file_->stem, ".index"));
  index.write(as_text(lengths));
  index.write(note);
  index.write(as_text(std::as_bytes(std::span(&trailer, 1))));
  index.commit();
}

std::shared_ptr<const PairStore> PairStoreWriter::finish(std::string note) {
  if (!file_) return finish_in_memory(std::move(note));
  write_out(pending_.size());
  record_file_->commit();
  write_index(note);
  lengths_ = {};
  auto store = PairStore::open(*file_, element_bytes_);
  if (store == nullptr) throw std::runtime_error("a cache file changed while it was being written");
  return store;
}

std::shared_ptr<const PairStore> PairStoreWriter::finish_in_memory(std::string note) {
  auto store = std::make_shared<PairStore>();
  store->element_bytes_ = element_bytes_;
  store->owned_records_ = std::move(pending_);
  store->owned_lengths_ = std::move(lengths_);
  store->records_ = as_bytes(store->owned_records_);
  store->lengths_ = store->owned_lengths_;
  store->note_ = std::move(note);
  store->set_starts();
  return store;
}

}  // namespace regard
