#include "regard/metrics/unicode.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace regard {
namespace {

struct CodePointRange {
  char32_t first;
  char32_t last;
};

/// Every `step`-th character from `first` to `last` has its lower case `delta` further on.
struct LowerRun {
  char32_t first;
  char32_t last;
  char32_t step;
  std::int32_t delta;
};

#include "metrics/unicode_tables.inc"

constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kCapitalIWithDot = 0x130;

/// The run that holds `c`, or null. Runs are sorted and do not overlap.
template <class Run>
const Run* find_run(std::span<const Run> runs, char32_t c) {
  const auto after =
      std::upper_bound(runs.begin(), runs.end(), c,
                       [](char32_t value, const Run& run) { return value < run.first; });
  if (after == runs.begin()) return nullptr;
  const Run& run = *(after - 1);
  return c <= run.last ? &run : nullptr;
}

bool contains(std::span<const CodePointRange> ranges, char32_t c) {
  return find_run(ranges, c) != nullptr;
}

char32_t lower(char32_t c) {
  if (c < 0x80) return c >= U'A' && c <= U'Z' ? c + 32 : c;
  const LowerRun* run = find_run(std::span<const LowerRun>(kLower), c);
  if (run == nullptr || (c - run->first) % run->step != 0) return c;
  return static_cast<char32_t>(static_cast<std::int32_t>(c) + run->delta);
}

/// Unicode's Final_Sigma condition: a cased letter before and none after, looking through
/// case-ignorable characters.
bool is_final_sigma(std::u32string_view text, std::size_t position) {
  std::size_t before = position;
  while (before > 0 && contains(kCaseIgnorable, text[before - 1]))
    --before;
  if (before == 0 || !contains(kCased, text[before - 1])) return false;
  std::size_t after = position + 1;
  while (after < text.size() && contains(kCaseIgnorable, text[after]))
    ++after;
  return after == text.size() || !contains(kCased, text[after]);
}

}  // namespace

bool is_punctuation(char32_t c) {
  return contains(kPunctuation, c);
}
bool is_symbol(char32_t c) {
  return contains(kSymbols, c);
}
bool is_number(char32_t c) {
  return contains(kNumbers, c);
}

bool is_white_space(char32_t c) {
  if (c > U' ' && c < 0x80) return false;
  return contains(kWhiteSpace, c);
}

std::u32string to_lower(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c == kCapitalIWithDot) {
      result += U"i\u0307";
    } else if (c == kCapitalSigma && is_final_sigma(text, i)) {
      result += kFinalSigma;
    } else {
      result += lower(c);
    }
  }
  return result;
}

std::vector<std::u32string_view> split_words(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  std::size_t start = 0;
  while (start < text.size()) {
    if (is_white_space(text[start])) {
      ++start;
      continue;
    }
    std::size_t end = start + 1;
    while (end < text.size() && !is_white_space(text[end]))
      ++end;
    words.push_back(text.substr(start, end - start));
    start = end;
  }
  return words;
}

std::u32string_view strip_right(std::u32string_view text) {
  while (!text.empty() && is_white_space(text.back()))
    text.remove_suffix(1);
  return text;
}

std::u32string_view strip(std::u32string_view text) {
  text = strip_right(text);
  while (!text.empty() && is_white_space(text.front()))
    text.remove_prefix(1);
  return text;
}

}  // namespace regard
