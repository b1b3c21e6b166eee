#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "regard/text/tokenizer.h"
#include "regard/text/vocabulary_options.h"

namespace regard {

struct TokenizerTraining {
  std::int64_t size = 8000;  ///< pieces, the special ones included
  VocabularyType type = VocabularyType::bpe;
  double character_coverage =
      1.0;  ///< share of characters that must be in the vocabulary, 0.98 to 1
  bool byte_fallback = false;
  std::vector<std::string> user_symbols;
  /// Gives the next sentence; false = no more.
  std::function<bool(std::string&)> next_sentence;
  /// Of a longer input a random sample of this size is used, the same one each time. 0 = all
  /// sentences.
  std::int64_t max_sentences = 2'000'000;
  /// What the sentences are, for messages: "data/train.en".
  std::string name = "the training text";
};

/// Trains a SentencePiece model with ids 0 <pad>, 1 <unk>, 2 <s>, 3 </s> and normalisation
/// nmt_nfkc. Equal input gives equal bytes, on any machine; nothing is printed. Throws UserError
/// when the text is empty or the size does not fit it.
Tokenizer train_tokenizer(const TokenizerTraining& training);

}  // namespace regard
