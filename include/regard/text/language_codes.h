#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "regard/text/tokenizer.h"

namespace regard {

/// The bytes of the language code that a text begins with, 0 when it has none. Any text between the
/// signs counts, known or not, as in the tokenizers that models of Marian were published with.
std::size_t language_code_length(std::string_view text);

/// The codes among the pieces of a vocabulary, sorted.
std::vector<std::string> language_codes(const Tokenizer& tokenizer);

/// The code that a text begins with and the vocabulary lacks: it will be unknown. Empty where there
/// is none, or where the vocabulary has no codes and takes them for text (one of SentencePiece).
std::string unknown_language_code(const Tokenizer& tokenizer, std::string_view text);

}  // namespace regard
