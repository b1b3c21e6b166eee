#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "config/scalars.h"

namespace regard::config {
namespace {

/// Words that some reader of YAML takes for something else than a text, and our own word for an
/// absent optional.
constexpr std::array<std::string_view, 10> kReserved = {"null", "true", "false", "yes", "no",
                                                        "on",   "off",  "y",     "n",   "none"};

bool is_plain(std::string_view text) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz_/";
  constexpr std::string_view kInside = "abcdefghijklmnopqrstuvwxyz_/0123456789.+-";
  const std::string lower = lower_case(text);
  return !lower.empty() && kFirst.find(lower.front()) != std::string_view::npos &&
         lower.find_first_not_of(kInside) == std::string::npos &&
         std::find(kReserved.begin(), kReserved.end(), lower) == kReserved.end();
}

/// Control characters, separators that some readers take for line ends, and the byte order mark.
bool needs_escape(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF;
}

std::string escaped(char32_t c) {
  if (c == U'"') return "\\\"";
  if (c == U'\\') return "\\\\";
  if (c == U'\n') return "\\n";
  if (c == U'\t') return "\\t";
  if (!needs_escape(c)) return to_utf8(std::u32string_view(&c, 1));
  std::array<char, 16> buffer{};
  const char* format = c < 0x100 ? "\\x%02x" : "\\u%04x";
  std::snprintf(buffer.data(), buffer.size(), format, static_cast<unsigned>(c));
  return buffer.data();
}

}  // namespace

std::string text_as_yaml(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out = "\"";
  for (const char32_t c : to_utf32(text)) {
    out += escaped(c);
  }
  return out + "\"";
}

std::string number_as_yaml(double value) {
  std::string text = format_shortest(value);
  if (text.find_first_of(".n") != std::string::npos)
    return text;  // "inf" and "nan" stay as they are
  const std::size_t exponent = std::min(text.find('e'), text.size());
  return text.insert(exponent, ".0");
}

std::string scalar_text(const Type& type, const void* value) {
  switch (type.kind()) {
    case Kind::boolean:
      return *static_cast<const bool*>(value) ? "true" : "false";
    case Kind::integer:
      return std::to_string(*static_cast<const std::int64_t*>(value));
    case Kind::auto_integer: {
      const auto& number = *static_cast<const AutoInteger*>(value);
      return number.is_auto() ? "auto" : std::to_string(number.value);
    }
    case Kind::number:
      return number_as_yaml(*static_cast<const double*>(value));
    case Kind::word: {
      const auto& word = static_cast<const WordType&>(type);
      return word.words()[word.index(value)];
    }
    default:
      return text_as_yaml(*static_cast<const std::string*>(value));
  }
}

}  // namespace regard::config
