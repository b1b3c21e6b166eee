#pragma once

#include <string>
#include <string_view>

#include "regard/metrics/bleu.h"

namespace regard {

/// The line with white space between its tokens; split_words() gives them. Equal to sacreBLEU's
/// tokenizers token by token, so it keeps their order of substitutions, and their quirks.
std::u32string tokenize(BleuTokenizer tokenizer, std::u32string_view line);

}  // namespace regard
