#pragma once

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace regard {

/// Concatenates anything that can be streamed: str("beam ", 5).
template <class... Parts>
std::string str(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// The parts between the separators, empty ones included: n separators give n + 1 parts.
std::vector<std::string> split(std::string_view text, char separator);
/// Removes ASCII white space at both ends.
std::string_view trim(std::string_view text);

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
