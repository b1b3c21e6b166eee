#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace regard {

/// Byte offset of the first invalid sequence (overlong forms, surrogates, above U+10FFFF, cut),
/// npos when valid.
std::size_t first_invalid_utf8(std::string_view text);

inline bool is_valid_utf8(std::string_view text) {
  return first_invalid_utf8(text) == std::string_view::npos;
}

/// Replaces every maximal invalid part by U+FFFD (Unicode 15, section 3.9), so the result is valid
/// UTF-8.
std::string replace_invalid_utf8(std::string_view text);

/// The longest front part of valid UTF-8 that has at most `max_bytes` bytes and splits no
/// character. Of invalid text it is at most three bytes shorter than it could be.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

/// Code points; every maximal invalid part decodes to one U+FFFD, as in replace_invalid_utf8().
std::u32string to_utf32(std::string_view text);
/// The result is valid UTF-8: a surrogate or a number above U+10FFFF becomes U+FFFD.
std::string to_utf8(std::u32string_view text);

}  // namespace regard
