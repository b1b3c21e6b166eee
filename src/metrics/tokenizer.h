#pragma once

#include <string>
#include <string_view>

#include "regard/metrics/bleu.h"
#include "regard/metrics/ter.h"

namespace regard {

/// The line with white space between its tokens; split_words() gives them. Equal to sacreBLEU's
/// tokenizers token by token, so it keeps their order of substitutions, and their quirks.
std::u32string tokenize(BleuTokenizer tokenizer, std::u32string_view line);

/// The same for TER, from a line whose case is settled.
std::u32string tokenize_tercom(const TerOptions& options, std::u32string_view line);

}  // namespace regard
