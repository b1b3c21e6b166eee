#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regard/text/tokenizer.h"

namespace regard {

/// Whether the text, which has no spaces, is one known piece; a space before it does not count.
bool is_one_piece(const Tokenizer& tokenizer, std::string_view symbol);

/// The same tokenizer with these strings, each once, as pieces of their own behind its others,
/// always one piece of a text (SentencePiece's user-defined symbols). What is one piece already is
/// left as it is, and so are all ids. A string that is a piece but is not found as one (a learned
/// piece that longer ones hide) cannot be helped; is_one_piece() detects it.
Tokenizer with_symbols(const Tokenizer& base, const std::vector<std::string>& symbols);

}  // namespace regard
