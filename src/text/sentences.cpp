#include "regard/text/sentences.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace regard {
namespace {

/// A character and where it is.
struct Character {
  char32_t code = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Character> characters_of(std::string_view text) {
  std::vector<Character> characters;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t code = length == 1 ? lead : lead & (0xffU >> (length + 1));
    const std::size_t end = std::min(text.size(), i + length);
    for (std::size_t k = i + 1; k < end; ++k)
      code = code << 6 | (static_cast<unsigned char>(text[k]) & 0x3fU);
    characters.push_back({code, i, end});
    i = end;
  }
  return characters;
}

bool is_white(char32_t c) {
  return c == U' ' || (c >= U'\t' && c <= U'\r') || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

template <std::size_t count>
bool is_one_of(char32_t c, const std::array<char32_t, count>& all) {
  return std::find(all.begin(), all.end(), c) != all.end();
}

bool is_end(char32_t c) {
  return is_one_of(c, std::array{U'.', U'!', U'?', U'\u2026', U'\u061f', U'\u203d'});
}

/// Ends a sentence without white space after it.
bool is_full_stop(char32_t c) {
  return is_one_of(c, std::array{U'\u3002', U'\uff01', U'\uff1f', U'\u0964', U'\u0965'});
}

bool is_closing(char32_t c) {
  return is_one_of(c, std::array{U')', U']', U'}', U'"', U'\'', U'\u00bb', U'\u201c', U'\u201d',
                                 U'\u2019', U'\u203a', U'\u300d', U'\u300f', U'\uff09'});
}

bool is_lower(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= 0xdf && c <= 0xff && c != 0xf7) ||
         (c >= 0x3b1 && c <= 0x3c9) || (c >= 0x430 && c <= 0x45f);
}

bool is_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}

bool is_abbreviation(std::string_view word) {
  static constexpr std::array<std::string_view, 42> kWords = {
      "Mr",  "Mrs",  "Ms",  "Dr", "Prof", "St",   "Jr",  "Sr",  "vs",  "etc", "e.g",
      "i.e", "cf",   "al",  "No", "Vol",  "Fig",  "fig", "pp",  "ca",  "bzw", "usw",
      "z.B", "d.h",  "u.a", "Nr", "Hr",   "Fr",   "Abs", "Art", "Mio", "Mrd", "vgl",
      "Str", "p.ej", "Sra", "M",  "Mme",  "Mlle", "Inc", "Ltd", "Co"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

/// Whether a period at `at` belongs to the word in front of it.
bool is_of_word(std::string_view text, const std::vector<Character>& all, std::size_t at) {
  std::size_t first = at;
  while (first > 0 && !is_white(all[first - 1].code) && !is_closing(all[first - 1].code) &&
         all[first - 1].code != U'(')
    --first;
  if (first == at) return false;
  if (at - first == 1 && !is_lower(all[first].code)) return true;  // an initial, or a digit
  if (std::all_of(all.begin() + static_cast<std::ptrdiff_t>(first),
                  all.begin() + static_cast<std::ptrdiff_t>(at),
                  [](const Character& c) { return is_digit(c.code); }))
    return true;
  return is_abbreviation(text.substr(all[first].begin, all[at].begin - all[first].begin));
}

/// Where a sentence ends whose end mark may be at `at`: the first character that is not of it; 0 =
/// nowhere here.
std::size_t end_of_sentence(std::string_view text, const std::vector<Character>& all,
                            std::size_t at) {
  const bool is_full = is_full_stop(all[at].code);
  if (!is_full && !is_end(all[at].code)) return 0;
  std::size_t next = at + 1;
  while (next < all.size() &&
         (is_closing(all[next].code) || is_end(all[next].code) || is_full_stop(all[next].code)))
    ++next;
  if (is_full) return next;
  if (next == all.size() || !is_white(all[next].code)) return 0;
  const bool is_single_period = all[at].code == U'.' && next == at + 1;
  if (is_single_period && is_of_word(text, all, at)) return 0;
  std::size_t following = next;
  while (following < all.size() && is_white(all[following].code))
    ++following;
  return following < all.size() && is_lower(all[following].code) ? 0 : next;
}

}  // namespace

std::vector<ByteRange> sentence_ranges(std::string_view text) {
  const std::vector<Character> all = characters_of(text);
  std::vector<ByteRange> ranges;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    std::size_t last = end;
    while (last > begin && is_white(all[last - 1].code))
      --last;
    if (last > begin) ranges.push_back({all[begin].begin, all[last - 1].end});
    begin = end;
    while (begin < all.size() && is_white(all[begin].code))
      ++begin;
  };
  add(0);
  for (std::size_t at = begin; at < all.size();) {
    const std::size_t end = end_of_sentence(text, all, at);
    if (end == 0) {
      ++at;
      continue;
    }
    add(end);
    at = begin;
  }
  if (begin < all.size()) add(all.size());
  return ranges;
}

}  // namespace regard
