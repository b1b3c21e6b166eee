#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "regard/text/tokenizer.h"
#include "regard/text/vocabulary_options.h"

namespace regard {

struct TokenizerTraining {
  /// Pieces, the special ones included; 0 = usual_vocabulary_size() of the sentences of one
  /// language, or the nearest that the text allows.
  std::int64_t size = 8000;
  std::string size_key = "vocabulary.size";  ///< what sets it, for messages
  VocabularyType type = VocabularyType::bpe;
  /// Languages that say the same in these sentences: 2 for a vocabulary of both sides.
  int languages = 1;
  Normalization normalization = Normalization::nmt_nfkc;
  double character_coverage =
      1.0;  ///< share of characters that must be in the vocabulary, 0.98 to 1
  bool byte_fallback = false;
  std::vector<std::string> user_symbols;
  /// Gets the next sentence; false = no more.
  std::function<bool(std::string&)> next_sentence;
  /// Of a longer input a random sample of this size is used, the same one each time. 0 = all
  /// sentences.
  std::int64_t max_sentences = 2'000'000;
  /// What the sentences are, for messages: "data/train.en".
  std::string name = "the training text";
};

/// A size that suits that many sentences: it grows with the power 0.37 of their number, from 1,000
/// pieces for 300 to 50,000 at most, which is what is usual (9,000 for 100,000 sentences,
/// 37,000 for the 4.5 million of WMT14; see Gowda & May 2020).
std::int64_t usual_vocabulary_size(std::int64_t num_sentences);

/// Trains a SentencePiece model with ids 0 <pad>, 1 <unk>, 2 <s>, 3 </s>. Equal input gives equal
/// bytes, on any machine; nothing is printed. Throws UserError when the text is empty or the size
/// does not fit it.
Tokenizer train_tokenizer(const TokenizerTraining& training);

}  // namespace regard
