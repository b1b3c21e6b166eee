#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regard/text/tokenizer.h"

namespace regard {

/// Words are what white space separates in a text as it stands there, whatever a vocabulary makes
/// of it: Unicode's white space and U+001C to U+001F, as for Python's str.split().
std::int64_t count_words(std::string_view text);
std::vector<std::string> split_words(std::string_view text);
/// The bytes of each word.
std::vector<ByteRange> word_ranges(std::string_view text);

/// The text with U+2581, the sign of subwords for a space, instead of white space.
std::string without_spaces(std::string_view text);

/// For each part of a text the word it belongs to, counted from 0: that of its first character that
/// is not white space or, where it has none, of the next one after it; behind the last word, that
/// one. -1 everywhere when the text has no words.
std::vector<std::int64_t> words_at(std::string_view text, std::span<const ByteRange> parts);

/// For each subword of tokenizer.encode(text) its word of the text.
std::vector<std::int64_t> words_of_text(const Tokenizer& tokenizer, std::string_view text);

/// For each of the subwords its word of tokenizer.decode(ids).
std::vector<std::int64_t> words_of_decoded(const Tokenizer& tokenizer,
                                           std::span<const std::int32_t> ids);

}  // namespace regard
