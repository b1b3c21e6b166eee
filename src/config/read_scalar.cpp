#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <system_error>

#include "regard/core/strings.h"

#include "config/scalars.h"

namespace regard::config {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Length of the digits at the start of `text`.
std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                  text.begin());
}

/// An optional minus and digits without a leading zero.
bool is_whole(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool has_leading_zero = text.size() > 1 && text.front() == '0';
  return !text.empty() && digits_at(text) == text.size() && !has_leading_zero;
}

/// "-1", "0.5", ".5", "1.", "7e-4": what from_chars takes, less infinities, NaN and leading zeros.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t whole = digits_at(text);
  if (whole > 1 && text.front() == '0') return false;
  text.remove_prefix(whole);
  std::size_t fraction = 0;
  if (text.starts_with('.')) {
    fraction = digits_at(text.substr(1));
    text.remove_prefix(1 + fraction);
  }
  if (whole + fraction == 0) return false;
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && digits_at(text) == text.size();
}

template <class Value>
std::errc parse(std::string_view text, Value& value) {
  return std::from_chars(text.data(), text.data() + text.size(), value).ec;
}

/// What the writer of an integer probably meant, or "".
std::string likely_integer(const std::string& text) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: up to here a double is that very integer
  double number = 0.0;
  if (is_decimal(text) && parse(text, number) == std::errc() && std::abs(number) <= kExact &&
      std::trunc(number) == number) {
    return std::to_string(static_cast<std::int64_t>(number));
  }
  std::string digits = text;
  std::erase_if(digits, [](char c) { return c == '_' || c == ',' || c == '+'; });
  const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
  digits.erase(0, digits.empty() ? 0 : std::min(zeros, digits.size() - 1));
  return is_whole(digits) ? digits : "";
}

Fault not_a(const Type& type, const Node& node, std::string fix) {
  const char* note = node.is_quoted ? " (a quoted text)" : "";
  return {str(in_quotes(node.text), " is not ", wanted_text(type), note), std::move(fix)};
}

std::optional<Fault> read_integer(const Type& type, const Node& node, void* value) {
  if (node.is_quoted && is_whole(node.text)) {
    return not_a(type, node, str("write ", node.text, " without quotes"));
  }
  if (node.is_quoted || !is_whole(node.text)) {
    const std::string likely = node.is_quoted ? "" : likely_integer(node.text);
    return not_a(type, node,
                 likely.empty() ? "write a whole number, such as 4000" : "write " + likely);
  }
  std::int64_t number = 0;
  if (parse(node.text, number) != std::errc()) {
    return Fault{in_quotes(node.text) + " does not fit in 64 bits", "use a smaller number"};
  }
  *static_cast<std::int64_t*>(value) = number;
  return std::nullopt;
}

std::optional<Fault> read_auto_integer(const Type& type, const Node& node, void* value) {
  AutoInteger& number = *static_cast<AutoInteger*>(value);
  if (!node.is_quoted && node.text == "auto") {
    number = AutoInteger();
    return std::nullopt;
  }
  std::int64_t read = 0;
  if (const auto fault = read_integer(type, node, &read)) return fault;
  if (read == 0) return Fault{"0 is not allowed", "write auto, or a number"};
  number = read;
  return std::nullopt;
}

std::optional<Fault> read_number(const Type& type, const Node& node, void* value) {
  if (node.is_quoted && is_decimal(node.text)) {
    return not_a(type, node, str("write ", node.text, " without quotes"));
  }
  if (node.is_quoted || !is_decimal(node.text)) {
    std::string word = lower_case(node.text);
    std::erase_if(word, [](char c) { return c == '.' || c == '-' || c == '+'; });
    if (!node.is_quoted && (word == "nan" || word == "inf" || word == "infinity")) {
      return Fault{in_quotes(node.text) + " is not allowed", "use a finite number"};
    }
    return not_a(type, node, "write a decimal number, such as 0.1 or 7.0e-4");
  }
  double number = 0.0;
  if (parse(node.text, number) != std::errc()) {
    return Fault{in_quotes(node.text) + " is out of the range of a double",
                 "use a number closer to 1"};
  }
  *static_cast<double*>(value) = number;
  return std::nullopt;
}

std::optional<Fault> read_boolean(const Type& type, const Node& node, void* value) {
  static constexpr std::array<std::string_view, 4> kYes = {"true", "yes", "on", "y"};
  static constexpr std::array<std::string_view, 4> kNo = {"false", "no", "off", "n"};
  const std::string word = lower_case(node.text);
  const bool is_yes = std::find(kYes.begin(), kYes.end(), word) != kYes.end();
  const bool is_no = std::find(kNo.begin(), kNo.end(), word) != kNo.end();
  if (!node.is_quoted && (node.text == "true" || node.text == "false")) {
    *static_cast<bool*>(value) = is_yes;
    return std::nullopt;
  }
  if (!is_yes && !is_no) return not_a(type, node, "write true or false");
  return not_a(type, node,
               str("write ", is_yes ? "true" : "false", node.is_quoted ? " without quotes" : ""));
}

std::optional<Fault> read_word(const WordType& type, const Node& node, void* value) {
  const std::vector<std::string>& words = type.words();
  const auto found = std::find(words.begin(), words.end(), node.text);
  if (found == words.end()) {
    const std::string near = nearest(node.text, words);
    return Fault{str(in_quotes(node.text), " is not one of ", join(words, ", ")),
                 near.empty() ? "use one of them" : "use " + near};
  }
  type.assign(value, static_cast<std::size_t>(found - words.begin()));
  return std::nullopt;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  return quote_for_message(text, kMaxShown);
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string wanted_text(const Type& type) {
  switch (type.kind()) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "a whole number";
    case Kind::auto_integer:
      return "a whole number or auto";
    case Kind::number:
      return "a number";
    case Kind::text:
      return "a text";
    case Kind::word:
      return "a word";
    case Kind::list:
      return "a list";
    case Kind::group:
      return "a group of keys";
    case Kind::optional:
      break;
  }
  return wanted_text(static_cast<const OptionalType&>(type).item());
}

std::optional<Fault> read_scalar(const Type& type, const Node& node, void* value) {
  switch (type.kind()) {
    case Kind::boolean:
      return read_boolean(type, node, value);
    case Kind::integer:
      return read_integer(type, node, value);
    case Kind::auto_integer:
      return read_auto_integer(type, node, value);
    case Kind::number:
      return read_number(type, node, value);
    case Kind::word:
      return read_word(static_cast<const WordType&>(type), node, value);
    default:
      *static_cast<std::string*>(value) = node.text;
      return std::nullopt;
  }
}

}  // namespace regard::config
