#include "regard/core/strings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include "core/utf8_step.h"

namespace regard {
namespace {

/// The form in which words are compared: case and the kind of dash do not matter.
std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return out;
}

std::size_t difference(std::size_t a, std::size_t b) {
  return a > b ? a - b : b - a;
}

/// Control characters (C0, DEL, C1), and what ends a line or turns its direction on a terminal.
bool is_unsafe(char32_t code) {
  const bool is_control = code < 0x20 || (code >= 0x7F && code <= 0x9F);
  const bool ends_line = code == 0x2028 || code == 0x2029;
  const bool turns_direction = (code >= 0x202A && code <= 0x202E) ||
                               (code >= 0x2066 && code <= 0x2069) || code == 0x200E ||
                               code == 0x200F;
  return is_control || ends_line || turns_direction;
}

std::string hex_escaped(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
  return out;
}

template <class... Format>
std::string number_text(double value, Format... format) {
  // The longest fixed-point double has 309 digits before the point; decimals come on top and are
  // few.
  std::array<char, 512> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...);
  return std::string(buffer.data(), result.ptr);
}

}  // namespace

MessagePart::MessagePart(double value) {
  const char* end =
      std::to_chars(digits_, std::end(digits_), value, std::chars_format::general, 6).ptr;
  text_ = {digits_, static_cast<std::size_t>(end - digits_)};
}

void MessagePart::set_integer(std::int64_t value) {
  const char* end = std::to_chars(digits_, std::end(digits_), value).ptr;
  text_ = {digits_, static_cast<std::size_t>(end - digits_)};
}

void MessagePart::set_unsigned(std::uint64_t value) {
  const char* end = std::to_chars(digits_, std::end(digits_), value).ptr;
  text_ = {digits_, static_cast<std::size_t>(end - digits_)};
}

std::string concatenate(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts)
    size += part.size();
  std::string out;
  out.reserve(size);
  for (const std::string_view part : parts)
    out += part;
  return out;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";
  const std::size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) - begin + 1);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the usual table: two back (for a swap of neighbours), the last one, and the one
  // being made.
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string wanted = folded(word);
  if (wanted.empty()) return "";
  for (const std::string& candidate : candidates) {
    if (folded(candidate) == wanted) return candidate;
  }
  for (const std::string& candidate : candidates) {
    if (folded(candidate).ends_with("." + wanted)) return candidate;
  }
  const std::size_t limit = std::clamp<std::size_t>(wanted.size() / 3, 1, 3);
  // When all of the word would have to change, it is not a slip.
  std::size_t best_distance = std::min(limit + 1, wanted.size());
  std::string best;
  for (const std::string& candidate : candidates) {
    if (difference(candidate.size(), wanted.size()) >= best_distance) continue;
    const std::size_t distance = edit_distance(wanted, folded(candidate));
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string escape_for_message(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kDots = "...";
  std::string out;
  std::size_t cut = 0;  // where the dots go if the text turns out too long
  while (!text.empty()) {
    const Utf8Step step = next_utf8(text);
    const std::string_view bytes = text.substr(0, step.length);
    const bool is_plain = step.is_valid && !is_unsafe(step.code);
    const std::string piece = is_plain ? std::string(bytes) : hex_escaped(bytes);
    if (out.size() + piece.size() > max_bytes) {
      return out.substr(0, cut) + std::string(kDots.substr(0, max_bytes));
    }
    out += piece;
    if (out.size() + kDots.size() <= max_bytes) cut = out.size();
    text.remove_prefix(step.length);
  }
  return out;
}

std::string quote_for_message(std::string_view text, std::size_t max_bytes) {
  return str("'", escape_for_message(text, max_bytes), "'");
}

std::string with_thousands(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::size_t first_digit = value < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first_digit + 3;) {
    i -= 3;
    text.insert(i, ",");
  }
  return text;
}

std::string format_duration(double seconds) {
  constexpr double kLongest = 1e15;  // far beyond any run, and still exact as an integer
  if (!(seconds >= 0) || seconds > kLongest) return "unknown";
  const auto two_digits = [](long long value) { return str(value < 10 ? "0" : "", value); };
  const long long whole = std::llround(seconds);
  if (whole < 60) return str(whole, " s");
  if (whole < 3600) return str(whole / 60, " min ", two_digits(whole % 60), " s");
  const long long minutes = std::llround(seconds / 60);
  return str(minutes / 60, " h ", two_digits(minutes % 60), " min");
}

std::string format_fixed(double value, int decimals) {
  std::string text = number_text(value, std::chars_format::fixed, std::clamp(decimals, 0, 100));
  const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
  if (is_zero && text.starts_with('-')) text.erase(0, 1);
  return text;
}

std::optional<double> parse_finite(std::string_view text) {
  // from_chars knows no '+'.
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string format_shortest(double value) {
  const std::string scientific = number_text(value, std::chars_format::scientific);
  const std::size_t e = scientific.find('e');
  if (!std::isfinite(value) || e == std::string::npos) return scientific;
  const int exponent = std::stoi(scientific.substr(e + 1));
  const bool is_plain = exponent >= -4 && exponent < 16;
  return is_plain ? number_text(value, std::chars_format::fixed) : scientific;
}

}  // namespace regard
