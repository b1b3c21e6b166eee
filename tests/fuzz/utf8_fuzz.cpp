#include <cstdint>
#include <string>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "fuzz/fuzz_support.h"

// The functions of core/utf8 against a plain decoder, and the promises of escape_for_message.

namespace regard::fuzz {
namespace {

/// Bytes of the valid character at the front of `text`, 0 when there is none (RFC 3629).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80             ? 1
                             : (byte(0) & 0xE0) == 0xC0 ? 2
                             : (byte(0) & 0xF0) == 0xE0 ? 3
                             : (byte(0) & 0xF8) == 0xF0 ? 4
                                                        : 0;
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t code = length == 1 ? byte(0) : byte(0) & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < kLeast[length] || is_surrogate || code > 0x10FFFF ? 0 : length;
}

std::size_t plain_first_invalid(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

void check(std::string_view text, std::size_t limit) {
  const std::size_t bad = first_invalid_utf8(text);
  require(bad == plain_first_invalid(text), "another first invalid byte");
  const std::string replaced = replace_invalid_utf8(text);
  require(is_valid_utf8(replaced), "replaced text is not valid");
  require((replaced == text) == is_valid_utf8(text), "valid text was changed, or invalid was not");
  require(to_utf8(to_utf32(text)) == replaced, "another text by way of UTF-32");
  const std::string_view front = utf8_prefix(text, limit);
  require(front.size() <= limit && text.starts_with(front), "no front part");
  require(front.size() + 3 >= limit || front.size() == text.size(), "a front part that is short");
  require(!is_valid_utf8(text) || is_valid_utf8(front), "a character was split");
  const std::string escaped = escape_for_message(text, limit);
  require(escaped.size() <= limit && is_valid_utf8(escaped), "an escaped text that is not safe");
  require(escape_for_message(escaped, limit) == escaped, "escaping twice does harm");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = regard::fuzz::as_text(data, size);
  const std::size_t limit = regard::fuzz::take_byte(input);
  regard::fuzz::check(input, limit);
  // The same at another address: words of eight bytes begin elsewhere.
  const std::string shifted = "x" + std::string(input);
  regard::fuzz::check(std::string_view(shifted).substr(1), limit);
  return 0;
}
