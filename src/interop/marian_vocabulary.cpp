#include "marian_vocabulary.h"

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "vocabulary_files.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMaxMarianVocabularyBytes = std::uint64_t{512} << 20;
constexpr const char* kStartPiece = "<pad>";

PieceTable read_list(const fs::path& path) {
  const std::string text = read_file(path, kMaxMarianVocabularyBytes);
  const std::string extension = path.extension();
  if (extension == ".json") return PieceTable::from_json(text, path.string());
  if (extension == ".yml" || extension == ".yaml")
    return PieceTable::from_marian_yaml(text, path.string());
  return PieceTable::from_lines(text, path.string());
}

}  // namespace

fs::path vocabulary_path(const std::string& named, const fs::path& file) {
  std::error_code none;
  const fs::path beside = file.parent_path() / named;
  return fs::exists(beside, none) ? beside : file.parent_path() / fs::path(named).filename();
}

PieceTable with_start_piece(const PieceTable& table, const fs::path& path) {
  std::vector<std::string> pieces;
  for (std::int32_t id = 0; id < table.size(); ++id)
    pieces.push_back(table.piece(id));
  std::string start = kStartPiece;
  for (int i = 2; table.id_of(start); ++i)
    start = str("<pad", i, ">");
  pieces.push_back(std::move(start));
  return PieceTable::from_pieces(std::move(pieces), path.string());
}

MarianVocabulary read_marian_vocabulary(const fs::path& path, const char* usual_segmenter) {
  if (path.extension() == ".spm") {
    Tokenizer segmenter = Tokenizer::load(path);
    PieceTable table = piece_table_of(segmenter);
    return {std::move(segmenter), std::move(table)};
  }
  PieceTable table = read_list(path);
  const fs::path segmenter = path.parent_path() / usual_segmenter;
  std::error_code none;
  if (!fs::exists(segmenter, none)) {
    throw UserError(SourceSpot{segmenter.string()},
                    "is missing: the vocabulary does not say how text becomes pieces",
                    "put the SentencePiece models source.spm and target.spm next to it");
  }
  return {Tokenizer::load(segmenter), std::move(table)};
}

}  // namespace regard
