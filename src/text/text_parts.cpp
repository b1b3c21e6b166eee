#include "regard/text/text_parts.h"

#include <algorithm>
#include <cassert>

#include "regard/core/utf8.h"
#include "regard/text/sentences.h"
#include "regard/text/words.h"

namespace regard {
namespace {

bool has_line_break(std::string_view space) {
  if (space.find_first_of("\n\r\v\f\x1c\x1d\x1e") != std::string_view::npos) return true;
  constexpr std::string_view kBreaks[] = {"\u0085", "\u2028", "\u2029"};
  return std::any_of(std::begin(kBreaks), std::end(kBreaks), [&](std::string_view each) {
    return space.find(each) != std::string_view::npos;
  });
}

std::string_view part_of(std::string_view text, ByteRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

std::vector<ByteRange> line_ranges(std::string_view text) {
  std::vector<ByteRange> lines;
  for (const ByteRange& word : word_ranges(text)) {
    const bool begins =
        lines.empty() || has_line_break(part_of(text, {lines.back().end, word.begin}));
    if (begins) lines.push_back(word);
    lines.back().end = word.end;
  }
  return lines;
}

}  // namespace

std::vector<ByteRange> part_ranges(std::string_view text, SplitRule rule) {
  std::vector<ByteRange> parts;
  for (const ByteRange& line : line_ranges(text)) {
    const std::string_view content = part_of(text, line);
    if (rule == SplitRule::lines || !is_valid_utf8(content)) {
      parts.push_back(line);
      continue;
    }
    for (const ByteRange& sentence : sentence_ranges(content))
      parts.push_back({line.begin + sentence.begin, line.begin + sentence.end});
  }
  return parts;
}

std::string replace_parts(std::string_view text, const std::vector<ByteRange>& parts,
                          const std::vector<std::string_view>& replacements) {
  assert(parts.size() == replacements.size());
  std::string result;
  std::size_t at = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool needs_space = i > 0 && at == parts[i].begin && !result.empty() &&
                             static_cast<unsigned char>(result.back()) < 0x80 &&
                             result.back() != ' ';
    if (needs_space) result += ' ';
    result += text.substr(at, parts[i].begin - at);
    result += replacements[i];
    at = parts[i].end;
  }
  result += text.substr(at);
  return result;
}

}  // namespace regard
