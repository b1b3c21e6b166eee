#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regard/text/tokenizer.h"

namespace regard {

/// For each subword the word it belongs to, counted from 0: words are what white space separates in
/// the text of all subwords. A subword that spans several words counts for its first, and a
/// language code before a text is a word of its own.
std::vector<std::int64_t> words_of(const Tokenizer& tokenizer, std::span<const std::int32_t> ids);

}  // namespace regard
