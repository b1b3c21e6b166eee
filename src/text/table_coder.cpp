#include <algorithm>
#include <utility>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

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

/// The bytes of the language code that a text begins with, 0 when it has none. Any text between the
/// signs counts, known or not, as in the tokenizers that such models were published with.
std::size_t language_code_length(std::string_view text) {
  if (!text.starts_with(">>")) return 0;
  const std::size_t end = text.find("<<");
  return end == std::string_view::npos ? 0 : end + 2;
}

class TableCoder : public SubwordCoder {
 public:
  TableCoder(std::shared_ptr<const SentencePieceModel> model, PieceTable table)
      : model_(std::move(model)), processor_(model_->processor), table_(std::move(table)) {
    fingerprint_ = regard::fingerprint(to_hex(table_.fingerprint()), model_->fingerprint);
    is_text_.assign(static_cast<std::size_t>(size()), true);
    const SpecialIds& special = special_ids();
    for (const std::int32_t id : {special.pad, special.unknown, special.start, special.end}) {
      if (id >= 0) is_text_[static_cast<std::size_t>(id)] = false;
    }
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    return ids_of(text, encode_rest(text));
  }

  std::vector<std::string> encode_pieces(std::string_view text) const override {
    std::vector<std::string> pieces = encode_rest(text);
    if (const std::size_t length = language_code_length(text); length > 0) {
      pieces.insert(pieces.begin(), replace_invalid_utf8(text.substr(0, length)));
    }
    return pieces;
  }

  std::vector<std::int32_t> sample(std::string_view text,
                                   const SamplingOptions& options) const override {
    std::vector<std::string> pieces;
    require_sampled(processor_.SampleEncode(without_code(text), static_cast<int>(options.nbest),
                                            static_cast<float>(options.alpha), &pieces));
    return ids_of(text, pieces);
  }

  std::string decode(std::span<const std::int32_t> ids) const override {
    std::vector<std::string_view> pieces;
    pieces.reserve(ids.size());
    for (const std::int32_t id : ids) {
      if (id == special_ids().unknown) {
        pieces.emplace_back(processor_.IdToPiece(processor_.unk_id()));
      } else if (is_text(id)) {
        pieces.emplace_back(piece(id));
      }
    }
    return joined(pieces);
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

  /// The ids of a text's language code and of the pieces of its rest.
  std::vector<std::int32_t> ids_of(std::string_view text,
                                   const std::vector<std::string>& pieces) const {
    std::vector<std::int32_t> ids;
    ids.reserve(pieces.size() + 1);
    if (const std::size_t length = language_code_length(text); length > 0) {
      ids.push_back(id_of(text.substr(0, length)));
    }
    for (const std::string& piece : pieces) {
      // A run of characters that SentencePiece does not know is one piece, which may read "</s>".
      const std::int32_t id = id_of(piece);
      ids.push_back(is_text(id) ? id : special_ids().unknown);
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

  /// No piece with a role.
  bool is_text(std::int32_t id) const { return is_text_[static_cast<std::size_t>(id)]; }

  std::shared_ptr<const SentencePieceModel> model_;
  const sentencepiece::SentencePieceProcessor& processor_;
  PieceTable table_;
  std::vector<bool> is_text_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace

std::unique_ptr<const SubwordCoder> make_table_coder(
    std::shared_ptr<const SentencePieceModel> model, PieceTable table) {
  return std::make_unique<TableCoder>(std::move(model), std::move(table));
}

}  // namespace regard
