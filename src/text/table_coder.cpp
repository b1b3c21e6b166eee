#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/text/language_codes.h"

#include "text/subword_coder.h"

namespace regard {
namespace {

constexpr std::string_view kSpace = "\xe2\x96\x81";  // U+2581, SentencePiece's sign for a space

std::string with_spaces(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = std::min(text.find(kSpace), text.size());
    result += text.substr(0, length);
    text.remove_prefix(length);
    if (text.empty()) break;
    result += ' ';
    text.remove_prefix(kSpace.size());
  }
  return result;
}

/// A part of a text: an added piece, or what SentencePiece gets.
struct TextPart {
  std::string_view text;
  std::int32_t added = -1;  ///< its id
};

/// Cuts texts at the added pieces of a table, at the longest one where several begin.
class AddedPieces {
 public:
  explicit AddedPieces(const PieceTable& table) {
    const SpecialIds& special = table.special_ids();
    for (const std::int32_t id : table.added()) {
      // Whatever stands in a text is text.
      if (id == special.pad || id == special.unknown || id == special.start || id == special.end)
        continue;
      const std::string& piece = table.piece(id);
      ids_.emplace(piece, id);
      lengths_.push_back(piece.size());
      is_first_[static_cast<unsigned char>(piece.front())] = true;
    }
    std::sort(lengths_.rbegin(), lengths_.rend());
    lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
  }

  std::vector<TextPart> cut(std::string_view text) const {
    std::vector<TextPart> parts;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size() && !ids_.empty();) {
      const TextPart found = at(text.substr(i));
      if (found.added < 0) {
        ++i;
        continue;
      }
      if (i > begin) parts.push_back({text.substr(begin, i - begin)});
      parts.push_back(found);
      i += found.text.size();
      begin = i;
    }
    if (begin < text.size() || parts.empty()) parts.push_back({text.substr(begin)});
    return parts;
  }

 private:
  /// The added piece that a text begins with.
  TextPart at(std::string_view text) const {
    if (!is_first_[static_cast<unsigned char>(text.front())]) return {};
    for (const std::size_t length : lengths_) {
      const auto found = ids_.find(text.substr(0, length));
      if (found != ids_.end()) return {text.substr(0, length), found->second};
    }
    return {};
  }

  std::unordered_map<std::string_view, std::int32_t> ids_;  ///< keys are pieces of the table
  std::vector<std::size_t> lengths_;                        ///< of pieces, falling
  std::array<bool, 256> is_first_{};                        ///< bytes that pieces begin with
};

class TableCoder : public SubwordCoder {
 public:
  TableCoder(std::shared_ptr<const SentencePieceModel> model, PieceTable table)
      : model_(std::move(model)),
        processor_(model_->processor),
        table_(std::move(table)),
        added_(table_) {
    fingerprint_ = regard::fingerprint(to_hex(table_.fingerprint()), model_->fingerprint);
    is_text_.assign(static_cast<std::size_t>(size()), true);
    const SpecialIds& special = special_ids();
    for (const std::int32_t id : {special.pad, special.unknown, special.start, special.end}) {
      if (id >= 0) is_text_[static_cast<std::size_t>(id)] = false;
    }
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    return ids_of(text, [this](std::string_view part) { return encode_rest(part); });
  }

  std::vector<std::string> encode_pieces(std::string_view text) const override {
    std::vector<std::string> pieces;
    for (const TextPart& part : added_.cut(text)) {
      const std::size_t length =
          part.added >= 0 ? part.text.size() : language_code_length(part.text);
      if (length > 0) pieces.push_back(replace_invalid_utf8(part.text.substr(0, length)));
      if (part.added >= 0) continue;
      for (std::string& piece : encode_rest(part.text))
        pieces.push_back(std::move(piece));
    }
    return pieces;
  }

  std::vector<ByteRange> encode_ranges(std::string_view text) const override {
    std::vector<ByteRange> ranges;
    std::size_t begin = 0;
    for (const TextPart& part : added_.cut(text)) {
      const std::size_t length =
          part.added >= 0 ? part.text.size() : language_code_length(part.text);
      if (length > 0) ranges.push_back({begin, begin + length});
      if (part.added < 0) {
        const auto rest = piece_ranges(processor_, part.text.substr(length), begin + length);
        ranges.insert(ranges.end(), rest.begin(), rest.end());
      }
      begin += part.text.size();
    }
    return ranges;
  }

  std::vector<std::int32_t> sample(std::string_view text,
                                   const SamplingOptions& options) const override {
    return ids_of(text, [&](std::string_view part) {
      std::vector<std::string> pieces;
      require_sampled(processor_.SampleEncode(without_code(part), static_cast<int>(options.nbest),
                                              static_cast<float>(options.alpha), &pieces));
      return pieces;
    });
  }

  std::string decode(std::span<const std::int32_t> ids) const override {
    return joined(shown_pieces(ids));
  }

  std::vector<std::string> decode_parts(std::span<const std::int32_t> ids) const override {
    sentencepiece::ImmutableSentencePieceText decoded;
    require_ok(processor_.Decode(shown_pieces(ids), decoded.mutable_proto()));
    std::vector<std::string> parts(ids.size());
    int next = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (is_shown(ids[i])) parts[i] = with_spaces(decoded.pieces(next++).surface());
    }
    return parts;
  }

  std::string decode_pieces(std::span<const std::string> pieces) const override {
    std::vector<std::string_view> texts;
    texts.reserve(pieces.size());
    for (const std::string& piece : pieces) {
      const auto id = table_.id_of(piece);
      if (!id || is_text(*id) || *id == special_ids().unknown) texts.emplace_back(piece);
    }
    return joined(texts);
  }

  std::int32_t size() const override { return table_.size(); }
  const std::string& piece(std::int32_t id) const override { return table_.piece(id); }
  std::int32_t id_of(std::string_view piece) const override {
    return table_.id_of(piece).value_or(special_ids().unknown);
  }
  const SpecialIds& special_ids() const override { return table_.special_ids(); }
  const PieceTable* table() const override { return &table_; }
  std::uint64_t fingerprint() const override { return fingerprint_; }

 private:
  static std::string_view without_code(std::string_view text) {
    return text.substr(language_code_length(text));
  }

  std::vector<std::string> encode_rest(std::string_view text) const {
    std::vector<std::string> pieces;
    require_ok(processor_.Encode(without_code(text), &pieces));
    return pieces;
  }

  /// The ids of a text: of its added pieces and, for each part between them, of its language code
  /// and of what `segment` makes of the rest.
  template <class Segment>
  std::vector<std::int32_t> ids_of(std::string_view text, const Segment& segment) const {
    std::vector<std::int32_t> ids;
    for (const TextPart& part : added_.cut(text)) {
      if (part.added >= 0) {
        ids.push_back(part.added);
        continue;
      }
      if (const std::size_t length = language_code_length(part.text); length > 0) {
        ids.push_back(id_of(part.text.substr(0, length)));
      }
      for (const std::string& piece : segment(part.text)) {
        // A run of characters that SentencePiece does not know is one piece, which may read "</s>".
        const std::int32_t id = id_of(piece);
        ids.push_back(is_text(id) ? id : special_ids().unknown);
      }
    }
    return ids;
  }

  std::string joined(const std::vector<std::string_view>& pieces) const {
    std::string text;
    require_ok(processor_.Decode(pieces, &text));
    // The library leaves its sign for a space in pieces that only the table has, as when one table
    // serves two languages.
    const std::string spaced = with_spaces(text);
    return std::string(trim(spaced));
  }

  bool is_shown(std::int32_t id) const { return id == special_ids().unknown || is_text(id); }

  /// Those that are seen in a text.
  std::vector<std::string_view> shown_pieces(std::span<const std::int32_t> ids) const {
    std::vector<std::string_view> pieces;
    pieces.reserve(ids.size());
    for (const std::int32_t id : ids) {
      if (id == special_ids().unknown) {
        pieces.emplace_back(processor_.IdToPiece(processor_.unk_id()));
      } else if (is_text(id)) {
        pieces.emplace_back(piece(id));
      }
    }
    return pieces;
  }

  /// No piece with a role.
  bool is_text(std::int32_t id) const { return is_text_[static_cast<std::size_t>(id)]; }

  std::shared_ptr<const SentencePieceModel> model_;
  const sentencepiece::SentencePieceProcessor& processor_;
  PieceTable table_;
  AddedPieces added_;
  std::vector<bool> is_text_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace

std::unique_ptr<const SubwordCoder> make_table_coder(
    std::shared_ptr<const SentencePieceModel> model, PieceTable table) {
  return std::make_unique<TableCoder>(std::move(model), std::move(table));
}

}  // namespace regard
