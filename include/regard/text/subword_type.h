#pragma once

#include <string>
#include <string_view>

namespace regard {

/// How the subwords of a SentencePiece model (the bytes of its file) were learned: "unigram",
/// "bpe", "word" or "char", as its trainer_spec says; empty where the bytes are no such model.
std::string subword_type(std::string_view model_bytes);

}  // namespace regard
