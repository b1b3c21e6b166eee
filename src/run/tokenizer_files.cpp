#include "regard/run/tokenizer_files.h"

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"

namespace regard {

namespace fs = std::filesystem;

bool has_tokenizers(const fs::path& folder) {
  std::error_code none;
  return fs::exists(folder / run_layout::kSharedModel, none) ||
         (fs::exists(folder / run_layout::kSourceModel, none) &&
          fs::exists(folder / run_layout::kTargetModel, none));
}

std::vector<std::string> tokenizer_file_names() {
  return {run_layout::kSharedModel,      run_layout::kSourceModel,
          run_layout::kTargetModel,      run_layout::kSharedVocabulary,
          run_layout::kSourceVocabulary, run_layout::kTargetVocabulary};
}

namespace {

constexpr std::uint64_t kMaxVocabularyBytes = std::uint64_t{512} << 20;

PieceTable load_table(const fs::path& path) {
  return PieceTable::from_json(read_file(path, kMaxVocabularyBytes), path.string());
}

/// Gives the tokenizers the ids of the lists next to them, if there are any.
TokenizerPair with_tables(TokenizerPair pair, const fs::path& folder) {
  std::error_code none;
  if (fs::exists(folder / run_layout::kSharedVocabulary, none)) {
    const PieceTable table = load_table(folder / run_layout::kSharedVocabulary);
    return {Tokenizer::with_table(pair.source, table), Tokenizer::with_table(pair.target, table),
            true};
  }
  if (!fs::exists(folder / run_layout::kSourceVocabulary, none)) return pair;
  return {Tokenizer::with_table(pair.source, load_table(folder / run_layout::kSourceVocabulary)),
          Tokenizer::with_table(pair.target, load_table(folder / run_layout::kTargetVocabulary)),
          false};
}

}  // namespace

TokenizerPair load_tokenizers(const fs::path& folder) {
  if (!has_tokenizers(folder)) {
    throw UserError(SourceSpot{folder.string()},
                    "the vocabulary is missing (shared.spm, or source.spm and target.spm)",
                    "restore it from where the model was trained");
  }
  std::error_code none;
  if (fs::exists(folder / run_layout::kSharedModel, none)) {
    Tokenizer shared = Tokenizer::load(folder / run_layout::kSharedModel);
    return with_tables({shared, shared, true}, folder);
  }
  return with_tables({Tokenizer::load(folder / run_layout::kSourceModel),
                      Tokenizer::load(folder / run_layout::kTargetModel), false},
                     folder);
}

void save_tokenizers(const TokenizerPair& tokenizers, const fs::path& folder) {
  if (tokenizers.source.bytes() == tokenizers.target.bytes() && tokenizers.is_shared) {
    write_file_atomically(folder / run_layout::kSharedModel, tokenizers.source.bytes());
  } else {
    write_file_atomically(folder / run_layout::kSourceModel, tokenizers.source.bytes());
    write_file_atomically(folder / run_layout::kTargetModel, tokenizers.target.bytes());
  }
  const PieceTable* source = tokenizers.source.table();
  const PieceTable* target = tokenizers.target.table();
  if (source == nullptr || target == nullptr) return;
  if (tokenizers.is_shared) {
    write_file_atomically(folder / run_layout::kSharedVocabulary, source->to_json());
    return;
  }
  write_file_atomically(folder / run_layout::kSourceVocabulary, source->to_json());
  write_file_atomically(folder / run_layout::kTargetVocabulary, target->to_json());
}

}  // namespace regard
