#include "report/attention_labels.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

constexpr const char* kStartMark = "<s>";

const std::vector<std::string>& pieces_of(const AttentionSentence& sentence, TextSide side) {
  return side == TextSide::source ? sentence.source : sentence.target;
}

const std::vector<std::int64_t>& words_of(const AttentionSentence& sentence, TextSide side) {
  return side == TextSide::source ? sentence.source_words : sentence.target_words;
}

[[noreturn]] void refuse(const AttentionSentence& sentence, const std::string& problem) {
  throw std::invalid_argument(str("sentence ", sentence.id, ": ", problem));
}

void check_sides(const AttentionSentence& sentence) {
  for (const TextSide side : {TextSide::source, TextSide::target}) {
    const std::size_t pieces = pieces_of(sentence, side).size();
    const std::size_t words = words_of(sentence, side).size();
    if (pieces == words) continue;
    refuse(sentence, str(words, " words for ", pieces, " ", side_name(side), " pieces"));
  }
}

std::string hidden_text(char32_t c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string number;
  for (int shift = 12; shift >= 0; shift -= 4)
    number += kDigits[(c >> shift) & 0xF];
  return "[U+" + number + "]";
}

AttentionLabel label_at(const AttentionSentence& sentence, TextSide side, std::size_t at) {
  return {shown_text(pieces_of(sentence, side)[at]), words_of(sentence, side)[at]};
}

}  // namespace

void check_attention(const AttentionSentence& sentence, const AttentionMap& map) {
  check_sides(sentence);
  map.head(-1);
  const auto rows = static_cast<std::int64_t>(pieces_of(sentence, map.rows).size());
  const auto columns = static_cast<std::int64_t>(pieces_of(sentence, map.columns).size());
  if (map.num_rows == rows && map.num_columns == columns) return;
  refuse(sentence, str(map.name, " is ", map.num_rows, " x ", map.num_columns, " for ", rows, " x ",
                       columns, " pieces"));
}

void check_attention(const AttentionSentence& sentence) {
  check_sides(sentence);
  for (const AttentionMap& map : sentence.maps)
    check_attention(sentence, map);
}

bool is_hidden(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return true;
  constexpr std::array<char32_t, 6> kSingle = {0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF};
  return std::find(kSingle.begin(), kSingle.end(), c) != kSingle.end() ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         (c >= 0xFFF9 && c <= 0xFFFB);
}

std::string shown_text(std::string_view text) {
  std::string shown;
  for (const char32_t c : to_utf32(text))
    shown += is_hidden(c) ? hidden_text(c) : to_utf8(std::u32string(1, c));
  return trim(shown).empty() ? "␣" : shown;
}

std::vector<AttentionLabel> row_labels(const AttentionSentence& sentence, const AttentionMap& map) {
  std::vector<AttentionLabel> labels;
  for (std::size_t i = 0; i < pieces_of(sentence, map.rows).size(); ++i)
    labels.push_back(label_at(sentence, map.rows, i));
  return labels;
}

std::vector<AttentionLabel> column_labels(const AttentionSentence& sentence,
                                          const AttentionMap& map) {
  std::vector<AttentionLabel> labels;
  const std::size_t shift = map.columns == TextSide::target ? 1 : 0;
  for (std::size_t i = 0; i < pieces_of(sentence, map.columns).size(); ++i) {
    labels.push_back(i < shift ? AttentionLabel{kStartMark, -1}
                               : label_at(sentence, map.columns, i - shift));
  }
  return labels;
}

const char* side_name(TextSide side) {
  return side == TextSide::source ? "source" : "target";
}

const char* kind_of(const AttentionMap& map) {
  if (map.rows == map.columns) return "self";
  return map.name.find("step_attention") != std::string::npos ? "step" : "cross";
}

}  // namespace regard
