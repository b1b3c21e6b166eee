#include "text/sentencepiece_check.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_set>
#include <vector>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

constexpr std::size_t kMaxModelPieceBytes = 1024;
constexpr std::size_t kMaxCharsmapBytes = std::size_t{1} << 22;

// Field numbers of sentencepiece_model.proto.
constexpr std::uint64_t kModelPieces = 1;
constexpr std::uint64_t kModelNormalizer = 3;
constexpr std::uint64_t kModelDenormalizer = 5;
constexpr std::uint64_t kPieceText = 1;
constexpr std::uint64_t kPieceScore = 2;
constexpr std::uint64_t kNormalizerCharsmap = 2;

/// One field of a protobuf message; `bytes` holds the content of all wire types but varint.
struct Field {
  std::uint64_t number = 0;
  std::string_view bytes;
};

/// Walks the fields of one message without copying.
class FieldWalker {
 public:
  explicit FieldWalker(std::string_view message) : rest_(message) {}

  /// Empty at the end and when the encoding is broken.
  std::optional<Field> next() {
    if (rest_.empty() || is_broken_) return std::nullopt;
    Field field;
    const std::uint64_t key = take_varint();
    field.number = key >> 3;
    switch (key & 7) {
      case 0:
        take_varint();
        break;
      case 1:
        field.bytes = take(8);
        break;
      case 2:
        field.bytes = take(take_varint());
        break;
      case 5:
        field.bytes = take(4);
        break;
      default:
        is_broken_ = true;
    }
    if (field.number == 0) is_broken_ = true;
    if (is_broken_) return std::nullopt;
    return field;
  }

  bool is_broken() const { return is_broken_; }

 private:
  std::uint64_t take_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    is_broken_ = true;
    return 0;
  }

  std::string_view take(std::uint64_t count) {
    if (is_broken_ || count > rest_.size()) {
      is_broken_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  bool is_broken_ = false;
};

std::uint32_t word_at(std::string_view bytes, std::size_t index) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + 4 * index, 4);
  return word;
}

/// `seen` holds the pieces before this one.
std::string piece_fault(std::string_view message, std::unordered_set<std::string_view>& seen) {
  FieldWalker walker(message);
  std::string_view text;
  while (const auto field = walker.next()) {
    if (field->number == kPieceText) text = field->bytes;
    if (field->number == kPieceScore) {
      float score = 0;
      if (field->bytes.size() != sizeof score) return "has a score of the wrong type";
      std::memcpy(&score, field->bytes.data(), sizeof score);
      if (!std::isfinite(score)) return "has a score that is not finite";
    }
  }
  if (walker.is_broken()) return "is damaged";
  if (text.empty()) return "is empty";
  if (text.size() > kMaxModelPieceBytes) {
    return str("has ", text.size(), " bytes (at most ", kMaxModelPieceBytes, " are allowed)");
  }
  if (text.find('\0') != std::string_view::npos) return "contains a NUL byte";
  if (!is_valid_utf8(text)) return "is not UTF-8";
  // The library lets a text piece share the name of a control piece, and would then read text as
  // control ids.
  if (!seen.insert(text).second) return "occurs twice";
  return "";
}

/// The normalization table is a Darts double array (a trie over bytes) and the replacement strings
/// it points to. The library follows both without bounds checks and keeps at most 32 matches of one
/// prefix on its stack.
class CharsmapTrie {
 public:
  CharsmapTrie(std::string_view units, std::size_t replacement_bytes)
      : units_(units), replacement_bytes_(replacement_bytes), nodes_(units.size() / 4) {}

  bool is_safe() { return !nodes_.empty() && visit(0, 0) && nodes_[0].matches <= kMaxMatches; }

 private:
  static constexpr int kMaxDepth = 256;
  static constexpr int kMaxMatches = 32;

  /// What lies below a position that was visited.
  struct Node {
    int height = 0;   ///< 0 = not visited
    int matches = 0;  ///< most matches on one way down
  };

  /// Checks everything that can be reached from a position. Subtries may be shared, so each is
  /// visited once; a cycle ends at the depth limit.
  bool visit(std::size_t position, int depth) {
    if (nodes_[position].height != 0) return true;
    if (depth >= kMaxDepth) return false;
    const std::uint32_t unit = word_at(units_, position);
    const std::size_t offset = static_cast<std::size_t>(unit >> 10) << ((unit & 0x200) >> 6);
    const std::size_t children = position ^ offset;
    // A step goes to `children` exclusive-or any byte.
    if ((children | 0xff) >= nodes_.size()) return false;
    const bool has_value = (unit & 0x100) != 0;
    if (has_value && (word_at(units_, children) & 0x7fffffff) >= replacement_bytes_) return false;
    Node below;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const std::size_t child = children ^ byte;
      if ((word_at(units_, child) & 0x800000ff) != byte) continue;
      if (!visit(child, depth + 1)) return false;
      below.height = std::max(below.height, nodes_[child].height);
      below.matches = std::max(below.matches, nodes_[child].matches);
    }
    nodes_[position] = {below.height + 1, below.matches + (has_value ? 1 : 0)};
    return nodes_[position].height <= kMaxDepth;
  }

  std::string_view units_;
  std::size_t replacement_bytes_;
  std::vector<Node> nodes_;
};

bool is_safe_charsmap(std::string_view table) {
  if (table.empty()) return true;
  if (table.size() < 8 || table.size() > kMaxCharsmapBytes) return false;
  const std::size_t trie_bytes = word_at(table, 0);
  if (trie_bytes % 4 != 0 || trie_bytes < 4 || trie_bytes > table.size() - 4) return false;
  const std::string_view replacements = table.substr(4 + trie_bytes);
  if (replacements.empty() || replacements.back() != '\0') return false;
  return CharsmapTrie(table.substr(4, trie_bytes), replacements.size()).is_safe();
}

std::string normalizer_fault(std::string_view message) {
  FieldWalker walker(message);
  bool is_safe = true;
  while (const auto field = walker.next()) {
    if (field->number == kNormalizerCharsmap) is_safe = is_safe && is_safe_charsmap(field->bytes);
  }
  return walker.is_broken() || !is_safe ? "its normalization table is corrupt" : "";
}

}  // namespace

std::string sentencepiece_model_fault(std::string_view bytes) {
  FieldWalker walker(bytes);
  std::unordered_set<std::string_view> seen;
  while (const auto field = walker.next()) {
    std::string fault;
    if (field->number == kModelPieces) {
      fault = piece_fault(field->bytes, seen);
      if (!fault.empty()) return str("piece ", seen.size(), " ", fault);
    } else if (field->number == kModelNormalizer || field->number == kModelDenormalizer) {
      fault = normalizer_fault(field->bytes);
      if (!fault.empty()) return fault;
    }
  }
  if (walker.is_broken()) return "the file is truncated or corrupt";
  if (seen.empty()) return "it contains no pieces";
  return "";
}

}  // namespace regard
