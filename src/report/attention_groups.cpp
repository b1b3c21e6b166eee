#include "report/attention_groups.h"

#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr std::string_view kSpace = "\u2581";  // U+2581, SentencePiece's sign for a space

/// A word from its subwords, in either of the usual ways to mark them.
std::string joined(const std::vector<std::string>& pieces) {
  std::string word;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string_view piece = pieces[i];
    if (i + 1 < pieces.size() && piece.ends_with("@@")) piece.remove_suffix(2);
    word += piece;
  }
  if (word.size() > kSpace.size() && word.starts_with(kSpace)) word.erase(0, kSpace.size());
  return word;
}

std::string word_text(const AttentionSentence& sentence, TextSide side, const AttentionGroup& group,
                      const std::vector<AttentionLabel>& labels) {
  const auto& texts = side == TextSide::source ? sentence.source_texts : sentence.target_texts;
  const auto word = static_cast<std::size_t>(group.label.word);
  if (word < texts.size()) return shown_text(texts[word]);
  std::vector<std::string> pieces;
  for (const std::size_t member : group.members)
    pieces.push_back(labels[member].text);
  return joined(pieces);
}

std::vector<AttentionGroup> grouped(const AttentionSentence& sentence, TextSide side,
                                    const std::vector<AttentionLabel>& labels) {
  const bool by_word = sentence.unit == "word";
  std::vector<AttentionGroup> groups;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const bool is_same = by_word && labels[i].word >= 0 && !groups.empty() &&
                         groups.back().label.word == labels[i].word;
    if (!is_same) groups.push_back({labels[i], {}});
    groups.back().members.push_back(i);
  }
  for (AttentionGroup& group : groups) {
    if (by_word && group.label.word >= 0)
      group.label.text = word_text(sentence, side, group, labels);
  }
  return groups;
}

}  // namespace

std::vector<AttentionGroup> row_groups(const AttentionSentence& sentence, const AttentionMap& map) {
  return grouped(sentence, map.rows, row_labels(sentence, map));
}

std::vector<AttentionGroup> column_groups(const AttentionSentence& sentence,
                                          const AttentionMap& map) {
  return grouped(sentence, map.columns, column_labels(sentence, map));
}

std::vector<float> grouped_weights(const AttentionMap& map, std::int64_t head,
                                   const std::vector<AttentionGroup>& rows,
                                   const std::vector<AttentionGroup>& columns) {
  const std::vector<float> weights = map.head(head);
  std::vector<float> result;
  for (const AttentionGroup& row : rows) {
    for (const AttentionGroup& column : columns) {
      double sum = 0;
      for (const std::size_t r : row.members) {
        for (const std::size_t c : column.members)
          sum += weights[r * static_cast<std::size_t>(map.num_columns) + c];
      }
      result.push_back(static_cast<float>(sum / static_cast<double>(row.members.size())));
    }
  }
  return result;
}

}  // namespace regard
