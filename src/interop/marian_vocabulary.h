#pragma once

#include <filesystem>
#include <string>

#include "regard/text/tokenizer.h"

namespace regard {

/// One side's vocabulary as Marian knows it, with SentencePiece for the text.
struct MarianVocabulary {
  Tokenizer segmenter;
  PieceTable table;
};

/// A path of the settings: as it stands, or next to the model `file`, where a model was moved.
std::filesystem::path vocabulary_path(const std::string& named, const std::filesystem::path& file);

/// The table with one more piece, from which the decoder starts: <pad>, or a name like it where the
/// vocabulary has a <pad> of its own.
PieceTable with_start_piece(const PieceTable& table, const std::filesystem::path& path);

/// Reads a .spm file, or a list with the SentencePiece model `usual_segmenter` next to it: .yml,
/// .yaml, .json or, as Marian takes any other name, plain text with a piece on each line. Throws
/// UserError.
MarianVocabulary read_marian_vocabulary(const std::filesystem::path& path,
                                        const char* usual_segmenter);

}  // namespace regard
