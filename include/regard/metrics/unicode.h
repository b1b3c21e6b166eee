#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace regard {

/// Unicode general categories P*, S* and N*.
bool is_punctuation(char32_t c);
bool is_symbol(char32_t c);
bool is_number(char32_t c);

/// What Python's str.split(), str.strip() and str.isspace() take for white space: Unicode white
/// space and the separators U+001C to U+001F, but not U+200B or U+FEFF.
bool is_white_space(char32_t c);

/// Python's str.lower(): one character to one, but U+0130 to two, and a sigma at the end of a word
/// to the final sigma.
std::u32string to_lower(std::u32string_view text);

/// The words between white space; views into `text`.
std::vector<std::u32string_view> split_words(std::u32string_view text);

/// Without the white space at the end, or at both ends.
std::u32string_view strip_right(std::u32string_view text);
std::u32string_view strip(std::u32string_view text);

}  // namespace regard
