#include "regard/text/words.h"

#include <algorithm>
#include <array>
#include <string>

namespace regard {
namespace {

/// Bytes of the white space that a text begins with; 0 = it begins with something else.
std::size_t space_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80)
    return first == ' ' || (first >= 9 && first <= 13) || (first >= 28 && first <= 31);
  constexpr std::array<std::string_view, 19> kSpaces = {
      "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
      "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
      "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};
  for (const std::string_view space : kSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

}  // namespace

std::vector<ByteRange> word_ranges(std::string_view text) {
  std::vector<ByteRange> words;
  bool is_inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t space = space_length(text.substr(at));
    if (space == 0 && !is_inside) words.push_back({at, at});
    at += std::max<std::size_t>(space, 1);
    is_inside = space == 0;
    if (is_inside) words.back().end = at;
  }
  return words;
}

std::int64_t count_words(std::string_view text) {
  return static_cast<std::int64_t>(word_ranges(text).size());
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  for (const ByteRange& word : word_ranges(text))
    words.emplace_back(text.substr(word.begin, word.end - word.begin));
  return words;
}

std::string without_spaces(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t space = space_length(text.substr(at));
    result += space > 0 ? "\u2581" : text.substr(at, 1);
    at += std::max<std::size_t>(space, 1);
  }
  return result;
}

std::vector<std::int64_t> words_at(std::string_view text, std::span<const ByteRange> parts) {
  const std::vector<ByteRange> words = word_ranges(text);
  std::vector<std::int64_t> result;
  result.reserve(parts.size());
  for (const ByteRange& part : parts) {
    // The first word that does not end before the part.
    const auto word =
        std::upper_bound(words.begin(), words.end(), part.begin,
                         [](std::size_t at, const ByteRange& each) { return at < each.end; });
    const auto number = static_cast<std::int64_t>(word - words.begin());
    result.push_back(std::min(number, static_cast<std::int64_t>(words.size()) - 1));
  }
  return result;
}

std::vector<std::int64_t> words_of_text(const Tokenizer& tokenizer, std::string_view text) {
  return words_at(text, tokenizer.encode_ranges(text));
}

std::vector<std::int64_t> words_of_decoded(const Tokenizer& tokenizer,
                                           std::span<const std::int32_t> ids) {
  std::string text;
  std::vector<ByteRange> ranges;
  for (const std::string& part : tokenizer.decode_parts(ids)) {
    ranges.push_back({text.size(), text.size() + part.size()});
    text += part;
  }
  return words_at(text, ranges);
}

}  // namespace regard
