#include "regard/text/subword_type.h"

#include <cstdint>
#include <optional>

namespace regard {
namespace {

/// The wire format of Protocol Buffers, as far as is needed: SentencePiece's generated classes are
/// not part of its installed headers.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  struct Item {
    std::uint64_t field = 0;
    std::uint64_t number = 0;  ///< of a varint
    std::string_view bytes;    ///< of a message or text
  };

  /// The next field; nothing at the end and where the bytes are damaged.
  std::optional<Item> next() {
    const std::optional<std::uint64_t> key = varint();
    if (!key) return std::nullopt;
    Item item;
    item.field = *key >> 3;
    constexpr int kVarint = 0;
    constexpr int kFixed64 = 1;
    constexpr int kBytes = 2;
    constexpr int kFixed32 = 5;
    switch (static_cast<int>(*key & 7)) {
      case kVarint: {
        const std::optional<std::uint64_t> number = varint();
        if (!number) return std::nullopt;
        item.number = *number;
        return item;
      }
      case kFixed64:
        return take(8, item);
      case kFixed32:
        return take(4, item);
      case kBytes: {
        const std::optional<std::uint64_t> size = varint();
        if (!size) return std::nullopt;
        return take(*size, item);
      }
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<std::uint64_t> varint() {
    constexpr int kMaxBits = 64;
    std::uint64_t value = 0;
    for (int shift = 0; shift < kMaxBits && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::optional<Item> take(std::uint64_t size, Item item) {
    if (size > rest_.size()) return std::nullopt;
    item.bytes = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return item;
  }

  std::string_view rest_;
};

}  // namespace

std::string subword_type(std::string_view model_bytes) {
  constexpr std::uint64_t kTrainerSpec = 2;  // of ModelProto
  constexpr std::uint64_t kModelType = 3;    // of TrainerSpec
  constexpr const char* kNames[] = {"", "unigram", "bpe", "word", "char"};
  WireReader model(model_bytes);
  while (const auto part = model.next()) {
    if (part->field != kTrainerSpec) continue;
    WireReader spec(part->bytes);
    while (const auto item = spec.next()) {
      if (item->field == kModelType) return item->number < 5 ? kNames[item->number] : "";
    }
    return "unigram";  // its default, which is not written
  }
  return "";
}

}  // namespace regard
