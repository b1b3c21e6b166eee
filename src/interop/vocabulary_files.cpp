#include "vocabulary_files.h"

namespace regard {

PieceTable piece_table_of(const Tokenizer& tokenizer) {
  if (tokenizer.table() != nullptr) return *tokenizer.table();
  std::vector<std::string> pieces;
  pieces.reserve(static_cast<std::size_t>(tokenizer.size()));
  for (std::int32_t id = 0; id < tokenizer.size(); ++id)
    pieces.push_back(tokenizer.piece(id));
  return PieceTable::from_pieces(std::move(pieces), "the SentencePiece model");
}

}  // namespace regard
