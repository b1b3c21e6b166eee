#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "regard/text/tokenizer.h"

namespace regard {

/// The vocabularies of a model.
struct TokenizerPair {
  Tokenizer source;
  Tokenizer target;
  bool is_shared = false;
};

/// The names of the tokenizers in a model directory are fixed: shared.spm, or source.spm and
/// target.spm; where ids are not SentencePiece's, also vocabulary.json, or source_vocabulary.json
/// and target_vocabulary.json.
bool has_tokenizers(const std::filesystem::path& folder);
TokenizerPair load_tokenizers(const std::filesystem::path& folder);
void save_tokenizers(const TokenizerPair& tokenizers, const std::filesystem::path& folder);

/// The names of all these files.
std::vector<std::string> tokenizer_file_names();

}  // namespace regard
