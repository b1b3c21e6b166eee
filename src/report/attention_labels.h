#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regard/report/attention_map.h"

namespace regard {

/// Throws std::invalid_argument unless the map's sizes agree with each other and the sentence.
void check_attention(const AttentionSentence& sentence, const AttentionMap& map);
/// The same for the sentence and all of its maps.
void check_attention(const AttentionSentence& sentence);

/// Whether nobody can see the character itself: control characters, and those that end a line or
/// turn its direction. Joiners are not among them, emoji and Persian need them.
bool is_hidden(char32_t c);

/// Text as a label: hidden characters by number ("[U+202E]"), blanks as "␣", U+FFFD for invalid
/// UTF-8. Not escaped.
std::string shown_text(std::string_view text);

/// What a row or column stands for, as shown.
struct AttentionLabel {
  std::string text;
  std::int64_t word = -1;  ///< -1 for the marks at both ends
};
std::vector<AttentionLabel> row_labels(const AttentionSentence& sentence, const AttentionMap& map);
std::vector<AttentionLabel> column_labels(const AttentionSentence& sentence,
                                          const AttentionMap& map);

const char* side_name(TextSide side);
/// "cross", or "self" where both sides are the same text.
const char* kind_of(const AttentionMap& map);

}  // namespace regard
