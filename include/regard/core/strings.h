#pragma once

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
std::vector<std::string> split(std::string_view text, char separator);
/// Removes ASCII white space at both ends.
std::string_view trim(std::string_view text);

/// Damerau-Levenshtein distance (optimal string alignment) in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to `word`, or "" when none is near enough to be a likely slip.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Escapes control bytes and invalid UTF-8 (as \xNN) and cuts at `max_bytes` with "...", for use in one-line messages.
std::string escape_for_message(std::string_view text, std::size_t max_bytes = 300);

/// 1234567 -> "1,234,567".
std::string with_thousands(std::int64_t value);
/// Seconds as "45 s", "12 min 03 s" or "2 h 07 min".
std::string format_duration(double seconds);
/// Fixed-point text with `decimals` digits, independent of the locale.
std::string format_fixed(double value, int decimals);
/// Shortest text that reads back as the same double ("0.0007", "1e-09", "20000").
std::string format_shortest(double value);

}  // namespace regard
