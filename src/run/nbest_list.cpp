#include "regard/run/nbest_list.h"

#include <charconv>
#include <optional>

#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr std::string_view kSeparator = " ||| ";
constexpr const char* kFormat = "write: number ||| text ||| features ||| score";

/// What stands before the next separator, which is taken off the text as well; all of a text
/// without one.
std::string_view take_field(std::string_view& text) {
  const std::size_t end = text.find(kSeparator);
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + kSeparator.size());
  return field;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  if (text.empty() || code != std::errc() || stop != end || number < 0) return std::nullopt;
  return number;
}

bool is_score(std::string_view text) {
  double score = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, score);
  return !text.empty() && code == std::errc() && stop == end;
}

}  // namespace

NBestEntry parse_nbest_entry(const std::string& line, const SourceSpot& place) {
  std::string_view left = line;
  const bool has_text = left.find(kSeparator) != std::string_view::npos;
  const std::string_view number = trim(take_field(left));
  const auto sentence = number_of(number);
  if (!sentence || !has_text) {
    throw UserError(place, str(quote_for_message(line, 60), " is not a line of an n-best list"),
                    kFormat);
  }
  NBestEntry entry;
  entry.sentence = *sentence;
  entry.text = take_field(left);
  entry.features = trim(take_field(left));
  const bool has_rest = left.find(kSeparator) != std::string_view::npos;
  const std::string_view score = trim(take_field(left));
  if (!score.empty() && !is_score(score)) {
    throw UserError(place, str(quote_for_message(score, 60), " is not a score"), kFormat);
  }
  if (has_rest) entry.rest = str(kSeparator, left);
  return entry;
}

bool looks_like_nbest_entry(const std::string& line) {
  std::string_view left = line;
  return left.find(kSeparator) != std::string_view::npos && number_of(take_field(left));
}

std::string free_feature(const std::string& features) {
  const std::string spaced = " " + features;
  int number = 0;
  while (spaced.find(str(" F", number, "=")) != std::string::npos)
    ++number;
  return str("F", number);
}

std::string to_line(const NBestEntry& entry, const std::string& score) {
  return str(entry.sentence, kSeparator, entry.text, kSeparator, entry.features, kSeparator, score,
             entry.rest);
}

}  // namespace regard
