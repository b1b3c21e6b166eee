#pragma once

#include <cstddef>
#include <string_view>

namespace regard {

/// U+FFFD, what stands for text that cannot be decoded.
inline constexpr char32_t kReplacementCharacter = 0xFFFD;

/// One character, or one maximal invalid part (Unicode 15, section 3.9), at the front of a text.
struct Utf8Step {
  char32_t code;       ///< U+FFFD when invalid
  std::size_t length;  ///< bytes, at least 1
  bool is_valid;
};

/// Decodes the front of `text`, which is not empty.
Utf8Step next_utf8(std::string_view text);

}  // namespace regard
