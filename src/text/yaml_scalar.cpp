#include "text/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

YamlScalar faulty(std::string fault) {
  return {"", 0, std::move(fault)};
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// What a backslash and one letter stand for; 0 and the escapes with digits are not among them.
std::optional<char32_t> simple_escape(char letter) {
  switch (letter) {
    case 'a':
      return U'\a';
    case 'b':
      return U'\b';
    case 't':
    case '\t':
      return U'\t';
    case 'n':
      return U'\n';
    case 'v':
      return U'\v';
    case 'f':
      return U'\f';
    case 'r':
      return U'\r';
    case 'e':
      return U'\x1b';
    case 'N':
      return U'\x85';
    case '_':
      return U'\xa0';
    case 'L':
      return U'\u2028';
    case 'P':
      return U'\u2029';
    case ' ':
    case '"':
    case '/':
    case '\\':
      return static_cast<char32_t>(letter);
    default:
      return std::nullopt;
  }
}

std::size_t hex_digits(char letter) {
  switch (letter) {
    case 'x':
      return 2;
    case 'u':
      return 4;
    case 'U':
      return 8;
    default:
      return 0;
  }
}

/// Reads the escape behind a backslash at the front of `rest` and adds its character to `value`.
/// Returns its bytes, 0 when there is no such escape.
std::size_t take_escape(std::string_view rest, std::string& value) {
  if (rest.empty()) return 0;
  if (const auto character = simple_escape(rest[0])) {
    value += to_utf8(std::u32string_view(&*character, 1));
    return 1;
  }
  const std::size_t digits = hex_digits(rest[0]);
  if (digits == 0 || rest.size() < 1 + digits) return 0;
  std::uint32_t code = 0;
  const char* const first = rest.data() + 1;
  const auto [end, error] = std::from_chars(first, first + digits, code, 16);
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (error != std::errc{} || end != first + digits || is_surrogate || code > 0x10ffff) return 0;
  const auto character = static_cast<char32_t>(code);
  value += to_utf8(std::u32string_view(&character, 1));
  return 1 + digits;
}

YamlScalar read_double_quoted(std::string_view text) {
  YamlScalar scalar;
  std::size_t i = 1;
  while (i < text.size() && text[i] != '"') {
    if (text[i] != '\\') {
      scalar.value += text[i++];
      continue;
    }
    const std::size_t length = take_escape(text.substr(i + 1), scalar.value);
    if (length == 0) {
      return faulty(str("unknown escape \"", escape_for_message(text.substr(i), 12), "\""));
    }
    i += 1 + length;
  }
  if (i >= text.size()) return faulty("a quote is not closed on its line");
  scalar.length = i + 1;
  return scalar;
}

YamlScalar read_single_quoted(std::string_view text) {
  YamlScalar scalar;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\'') {
      if (i + 1 == text.size() || text[i + 1] != '\'') {
        scalar.length = i + 1;
        return scalar;
      }
      ++i;
    }
    scalar.value += text[i];
  }
  return faulty("a quote is not closed on its line");
}

/// What YAML would take for something else than text at the front of a plain scalar.
bool is_plain_start(std::string_view text) {
  constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`";
  if (text.empty() || is_blank(text[0])) return false;
  if (kIndicators.find(text[0]) != std::string_view::npos) return false;
  const bool may_be_indicator = text[0] == '-' || text[0] == '?' || text[0] == ':';
  return !may_be_indicator || (text.size() > 1 && !is_blank(text[1]));
}

YamlScalar read_plain(std::string_view text) {
  if (!is_plain_start(text)) {
    return faulty(
        str("a piece that begins like ", '"', escape_for_message(text, 30), "\" needs quotes"));
  }
  std::size_t length = 0;
  while (length < text.size()) {
    const bool is_last = length + 1 == text.size();
    if (text[length] == ':' && (is_last || is_blank(text[length + 1]))) break;
    if (is_blank(text[length]) && !is_last && text[length + 1] == '#') break;
    ++length;
  }
  while (is_blank(text[length - 1]))
    --length;
  return {std::string(text.substr(0, length)), length, ""};
}

}  // namespace

YamlScalar read_yaml_scalar(std::string_view text) {
  if (text.starts_with('"')) return read_double_quoted(text);
  if (text.starts_with('\'')) return read_single_quoted(text);
  return read_plain(text);
}

}  // namespace regard
