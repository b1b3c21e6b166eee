#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace regard {

/// A piece of a message: text, a character, or a number as streams write it. It refers to the text
/// it is made of.
class MessagePart {
 public:
  MessagePart(std::string_view text) : text_(text) {}    // NOLINT: str() converts its arguments
  MessagePart(const std::string& text) : text_(text) {}  // NOLINT
  MessagePart(const char* text) : text_(text) {}         // NOLINT
  MessagePart(char letter) : text_(digits_, 1) { digits_[0] = letter; }  // NOLINT
  MessagePart(double value);                                             // NOLINT: with six digits
  MessagePart(std::signed_integral auto value) { set_integer(value); }   // NOLINT
  MessagePart(std::unsigned_integral auto value) {                       // NOLINT
    set_unsigned(value);
  }
  MessagePart(const MessagePart&) = delete;
  MessagePart& operator=(const MessagePart&) = delete;

  std::string_view text() const { return text_; }

 private:
  void set_integer(std::int64_t value);
  void set_unsigned(std::uint64_t value);

  char digits_[32];
  std::string_view text_;
};

std::string concatenate(std::initializer_list<std::string_view> parts);

/// Concatenates texts, characters and numbers: str("beam ", 5).
template <class... Parts>
std::string str(const Parts&... parts) {
  return concatenate({MessagePart(parts).text()...});
}

std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// The parts between the separators, empty ones included: n separators give n + 1 parts.
std::vector<std::string> split(std::string_view text, char separator);
/// Removes ASCII white space at both ends.
std::string_view trim(std::string_view text);

/// The number that the whole text is ("3.7", "-1e-3", "+2"), nothing for any other text, an
/// infinity or NaN included. Independent of the locale.
std::optional<double> parse_finite(std::string_view text);

/// Damerau-Levenshtein distance (optimal string alignment) in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate that `word` was probably meant to be, or "": case and the difference of '-' and
/// '_' do not count; the end of a dotted candidate ("warmup" for "training.schedule.warmup") wins
/// over a slip of at most three letters.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Makes text safe for a one-line message: control characters (also the invisible ones that end a
/// line or turn its direction) and invalid UTF-8 become \xNN, and what exceeds `max_bytes` is cut,
/// "..." included. Escaping twice does no harm.
std::string escape_for_message(std::string_view text, std::size_t max_bytes = 300);

/// The same between quotation marks.
std::string quote_for_message(std::string_view text, std::size_t max_bytes = 300);

/// 1234567 -> "1,234,567".
std::string with_thousands(std::int64_t value);
/// Seconds as "45 s", "12 min 03 s" or "2 h 07 min", rounded; "unknown" for a negative or
/// non-finite number.
std::string format_duration(double seconds);
/// Fixed-point text with `decimals` digits, independent of the locale; zero never has a sign.
std::string format_fixed(double value, int decimals);
/// Shortest text that reads back as the same double ("0.0007", "1e-09", "20000"): with an exponent
/// below 1e-4 and from 1e16 on, as Python prints it.
std::string format_shortest(double value);

}  // namespace regard
