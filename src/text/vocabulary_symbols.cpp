#include "regard/text/vocabulary_symbols.h"

#include <utility>

#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr std::string_view kSpaceSign = "\xe2\x96\x81";  // U+2581, SentencePiece's sign for a space

bool has_piece(const Tokenizer& tokenizer, std::string_view piece) {
  return tokenizer.piece(tokenizer.id_of(piece)) == piece;
}

/// A piece of sentencepiece_model.proto, as it stands in a model.
std::string user_defined_piece(const std::string& text) {
  constexpr char kUserDefined = 4;
  const auto with_length = [](char key, const std::string& content) {
    std::string field(1, key);
    for (std::size_t rest = content.size();; rest >>= 7) {
      const bool is_last = rest < 0x80;
      field += static_cast<char>(is_last ? rest : (rest & 0x7f) | 0x80);
      if (is_last) return field + content;
    }
  };
  const std::string score("\x15\0\0\0\0", 5);
  return with_length('\x0a', with_length('\x0a', text) + score + '\x18' + kUserDefined);
}

}  // namespace

bool is_one_piece(const Tokenizer& tokenizer, std::string_view symbol) {
  std::vector<std::string> pieces = tokenizer.encode_pieces(symbol);
  if (pieces.size() == 2 && pieces.front() == kSpaceSign) pieces.erase(pieces.begin());
  if (pieces.size() != 1 || !has_piece(tokenizer, pieces.front())) return false;
  return pieces.front() == symbol || pieces.front() == str(kSpaceSign, symbol);
}

Tokenizer with_symbols(const Tokenizer& base, const std::vector<std::string>& symbols) {
  const PieceTable* table = base.table();
  // Where there is a table, its ids are not those of the SentencePiece model.
  const Tokenizer segmenter =
      table == nullptr ? base : Tokenizer::from_bytes(base.bytes(), "the vocabulary");
  std::string bytes = base.bytes();
  std::vector<std::string> listed;
  for (const std::string& symbol : symbols) {
    if (is_one_piece(base, symbol)) continue;
    // Codes of a language are cut off before SentencePiece sees a text.
    const bool is_code = table != nullptr && is_language_code(symbol);
    if (!is_code && !has_piece(segmenter, symbol)) bytes += user_defined_piece(symbol);
    if (table != nullptr && !table->id_of(symbol)) listed.push_back(symbol);
  }
  if (listed.empty() && bytes.size() == base.bytes().size()) return base;
  Tokenizer more = Tokenizer::from_bytes(std::move(bytes), "the vocabulary with its symbols");
  if (table == nullptr) return more;
  std::vector<std::string> pieces;
  for (std::int32_t id = 0; id < table->size(); ++id)
    pieces.push_back(table->piece(id));
  pieces.insert(pieces.end(), listed.begin(), listed.end());
  return Tokenizer::with_table(
      more, PieceTable::from_pieces(std::move(pieces), table->name(), table->added()));
}

}  // namespace regard
