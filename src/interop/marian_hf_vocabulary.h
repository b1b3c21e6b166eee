#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "regard/text/tokenizer.h"

#include "json_fields.h"

namespace regard {

struct MarianHfVocabularies {
  Tokenizer source;
  Tokenizer target;
  bool is_shared = true;
  std::vector<std::int64_t> unnamed;  ///< ids of the target that no vocabulary file names
};

/// Reads vocab.json, target_vocab.json where `tokenizer` (tokenizer_config.json) says that there
/// are two, added_tokens.json, source.spm and target.spm. The vocabularies get as many pieces as
/// the tables have rows; rows that no file names get pieces that no text holds, and a sentence in
/// `notes`. Throws UserError naming file and piece.
MarianHfVocabularies read_marian_hf_vocabularies(const std::filesystem::path& folder,
                                                 const JsonFields& tokenizer,
                                                 std::int64_t source_rows, std::int64_t target_rows,
                                                 std::vector<std::string>& notes);

}  // namespace regard
