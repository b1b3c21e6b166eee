#pragma once

#include <string>
#include <utility>
#include <vector>

#include "regard/interop/portable_model.h"

#include "support/tiny_model.h"
#include "text/sample_text.h"

namespace regard::test {

inline Tokenizer sample_tokenizer(std::int64_t size, std::uint64_t seed = 1) {
  TokenizerTraining training;
  training.size = size;
  training.next_sentence = source_of(sample_sentences(300, seed));
  return train_tokenizer(training);
}

/// A small model with random biases and norms, as ours are: ids of SentencePiece, start <s>.
inline PortableModel portable(const ModelOptions& options, const Tokenizer& source,
                              const Tokenizer& target) {
  Seq2Seq model = make_model(options, source.size(), target.size(), 5);
  move_vectors(*model, 6);
  const bool is_shared = source.fingerprint() == target.fingerprint();
  return {weights_of(*model), source, target, is_shared, TokenRoles(), {}, "en", "de", {}};
}

}  // namespace regard::test
