#include "metrics/tokenizer.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "regard/metrics/unicode.h"

namespace regard {
namespace {

bool is_ascii_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}
bool is_period_or_comma(char32_t c) {
  return c == U'.' || c == U',';
}
bool is_hyphen(char32_t c) {
  return c == U'-';
}

/// ASCII symbols that 13a always splits off: all but apostrophe, comma, hyphen and period (and the
/// space).
bool is_13a_symbol(char32_t c) {
  return (c >= U'{' && c <= U'~') || (c >= U'[' && c <= U'`') || (c >= U' ' && c <= U'&') ||
         (c >= U'(' && c <= U'+') || (c >= U':' && c <= U'@') || c == U'/';
}

template <class Test>
auto is_not(Test test) {
  return [test](char32_t c) { return !test(c); };
}

/// s/(c)/ \1 /g
template <class Test>
std::u32string space_around(std::u32string_view text, Test test) {
  std::u32string result;
  result.reserve(text.size() + text.size() / 2);
  for (const char32_t c : text) {
    if (test(c)) {
      result.append({U' ', c, U' '});
    } else {
      result += c;
    }
  }
  return result;
}

/// Which character of a pair is split off.
enum class Mark { first, second };

/// s/(a)(b)/ \1 \2/g for Mark::first, s/(a)(b)/\1 \2 /g for Mark::second. Pairs do not overlap: the
/// search continues after a pair, which decides what becomes of runs like "...".
template <class First, class Second>
std::u32string space_pairs(std::u32string_view text, First first, Second second, Mark mark) {
  std::u32string result;
  result.reserve(text.size() + text.size() / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 == text.size() || !first(text[i]) || !second(text[i + 1])) {
      result += text[i];
      continue;
    }
    if (mark == Mark::first) result += U' ';
    result.append({text[i], U' ', text[i + 1]});
    if (mark == Mark::second) result += U' ';
    ++i;
  }
  return result;
}

void replace_all(std::u32string& text, std::u32string_view from, std::u32string_view to) {
  std::size_t found = text.find(from);
  if (found == std::u32string::npos) return;
  std::u32string result;
  std::size_t start = 0;
  for (; found != std::u32string::npos; found = text.find(from, start)) {
    result.append(text, start, found - start).append(to);
    start = found + from.size();
  }
  text = result.append(text, start);
}

/// The pairs of characters that are parted in 13a, zh and Tercom.
std::u32string split_pairs(std::u32string_view line) {
  std::u32string text = space_pairs(line, is_not(is_ascii_digit), is_period_or_comma, Mark::second);
  text = space_pairs(text, is_period_or_comma, is_not(is_ascii_digit), Mark::first);
  return space_pairs(text, is_ascii_digit, is_hyphen, Mark::second);
}

/// The substitutions that 13a and zh share.
std::u32string split_western(std::u32string_view line) {
  return split_pairs(space_around(line, is_13a_symbol));
}

void unescape_xml(std::u32string& text) {
  replace_all(text, U"&quot;", U"\"");
  replace_all(text, U"&amp;", U"&");
  replace_all(text, U"&lt;", U"<");
  replace_all(text, U"&gt;", U">");
}

std::u32string tokenize_13a(std::u32string_view line) {
  std::u32string text(line);
  replace_all(text, U"<skipped>", U"");
  replace_all(text, U"-\n", U"");
  replace_all(text, U"\n", U" ");
  unescape_xml(text);
  return split_western(U" " + text + U" ");
}

std::u32string tokenize_international(std::u32string_view line) {
  std::u32string text = space_pairs(line, is_not(is_number), is_punctuation, Mark::second);
  text = space_pairs(text, is_punctuation, is_not(is_number), Mark::first);
  return space_around(text, is_symbol);
}

struct Block {
  char32_t first;
  char32_t last;
};

/// The first block is not Chinese at all: sacreBLEU means extension B, U+20000 to U+2A6D6, but
/// writes "\u20000" and
/// "\u2a6d6", which are two characters each, and so compares with U+2001 and U+2A6D (dashes,
/// quotation marks, the euro sign). Equal scores need the same.
constexpr std::array kChineseBlocks = {
    Block{0x2001, 0x2A6D}, Block{0x2E80, 0x2EFF}, Block{0x2F00, 0x2FDF}, Block{0x2FF0, 0x303F},
    Block{0x3100, 0x312F}, Block{0x31A0, 0x31BF}, Block{0x31C0, 0x31EF}, Block{0x3200, 0x33FF},
    Block{0x3400, 0x4DB5}, Block{0x4E00, 0x9FBB}, Block{0xF900, 0xFA2D}, Block{0xFA30, 0xFA6A},
    Block{0xFA70, 0xFAD9}, Block{0xFE10, 0xFE1F}, Block{0xFE30, 0xFE4F}, Block{0xFF00, 0xFFEF},
};

/// What Tercom's normalization splits off with support for Asian languages. The last block
/// is sacreBLEU's "\u3200-\u3f22", which means U+32FF. Its rules for kana look for a line
/// that begins with them, which none does, since a space was put there; so kana stay together.
constexpr std::array kTercomBlocks = {
    Block{0x4E00, 0x9FFF}, Block{0x3400, 0x4DBF}, Block{0x31C0, 0x31EF}, Block{0x2E80, 0x2EFF},
    Block{0x3300, 0x33FF}, Block{0xF900, 0xFAFF}, Block{0xFE30, 0xFE4F}, Block{0x3200, 0x3F22},
};

/// Tercom's Asian and full-width punctuation.
constexpr std::array kAsianPunctuation = {
    Block{0x3001, 0x3002}, Block{0x3008, 0x3011}, Block{0x3014, 0x301F}, Block{0xFF61, 0xFF65},
    Block{0x30FB, 0x30FB}, Block{0xFF0E, 0xFF0E}, Block{0xFF0C, 0xFF0C}, Block{0xFF1F, 0xFF1F},
    Block{0xFF1A, 0xFF1B}, Block{0xFF01, 0xFF02}, Block{0xFF08, 0xFF09},
};

template <std::size_t kCount>
bool is_in(const std::array<Block, kCount>& blocks, char32_t c) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [c](const Block& block) { return c >= block.first && c <= block.last; });
}

bool is_chinese(char32_t c) {
  return is_in(kChineseBlocks, c);
}

bool is_asian_punctuation(char32_t c) {
  return is_in(kAsianPunctuation, c);
}

bool is_tercom_asian(char32_t c) {
  return is_in(kTercomBlocks, c) || is_asian_punctuation(c);
}

bool is_tercom_punctuation(char32_t c) {
  return std::u32string_view(U".,?:;!\"()").find(c) != std::u32string_view::npos;
}

bool is_any(char32_t) {
  return true;
}

}  // namespace

std::u32string tokenize(BleuTokenizer tokenizer, std::u32string_view line) {
  switch (tokenizer) {
    case BleuTokenizer::mteval_13a:
      return tokenize_13a(line);
    case BleuTokenizer::international:
      return tokenize_international(line);
    case BleuTokenizer::character:
      return space_around(line, is_any);
    case BleuTokenizer::chinese:
      return split_western(space_around(strip(line), is_chinese));
    case BleuTokenizer::none:
      break;
  }
  return std::u32string(line);
}

std::u32string tokenize_tercom(const TerOptions& options, std::u32string_view line) {
  std::u32string text(strip_right(line));
  if (options.is_normalized) {
    replace_all(text, U"\n-", U"");
    replace_all(text, U"\n", U" ");
    unescape_xml(text);
    text = space_around(U" " + text + U" ", is_13a_symbol);
    replace_all(text, U"'s ", U" 's ");
    text = split_pairs(text);
    if (options.has_asian_support) text = space_around(text, is_tercom_asian);
  }
  if (options.has_no_punctuation) {
    std::erase_if(text, is_tercom_punctuation);
    if (options.has_asian_support) std::erase_if(text, is_asian_punctuation);
  }
  return text;
}

}  // namespace regard
