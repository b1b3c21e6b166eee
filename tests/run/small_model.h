#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "regard/run/model_folder.h"
#include "regard/run/portable.h"

#include "support/tiny_model.h"
#include "text/sample_text.h"

namespace regard::test {

/// Writes a model directory with a tiny Transformer of random weights, which translates from "de"
/// with two hypotheses to at most twelve subwords.
inline void save_small_model(const std::filesystem::path& folder, std::uint64_t seed = 1,
                             const std::string& target_language = "en") {
  const Tokenizer tokenizer = sample_tokenizer();
  const TokenizerPair pair{tokenizer, tokenizer, true};
  const Seq2Seq model = tiny_model(tokenizer.size(), seed);
  SearchDefaults search;
  search.beam_size = 2;
  search.max_length = 12;
  std::filesystem::create_directories(folder);
  save_as_model_folder({weights_of(*model),
                        tokenizer,
                        tokenizer,
                        true,
                        roles_of(pair),
                        search,
                        "de",
                        target_language,
                        {}},
                       folder, folder);
}

}  // namespace regard::test
