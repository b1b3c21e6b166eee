#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace regard {

/// Which text the rows or columns of a map stand for.
enum class TextSide { source, target };

/// The weights of one attention over one sentence.
struct AttentionMap {
  std::string name;                     ///< "decoder.2.cross_attention"
  TextSide rows = TextSide::target;     ///< of the queries
  TextSide columns = TextSide::source;  ///< of the keys
  std::int64_t heads = 0;
  std::int64_t num_rows = 0;
  std::int64_t num_columns = 0;
  std::vector<float> weights;  ///< [heads, rows, columns]
  /// Where each query looked, for attentions that predict a position: [rows], counted in columns;
  /// or empty.
  std::vector<float> positions = {};

  /// One head, or the mean of all for head = -1: [rows, columns]. Throws std::invalid_argument for
  /// another head, and where `weights` is not heads * rows * columns long.
  std::vector<float> head(std::int64_t head) const;
};

/// A sentence, its translation, and all that was looked at. In a map whose rows are the target,
/// row t is the query that says target piece t; where the columns are the target, column t is the
/// key at the same position, which has read the start mark (t = 0) or target piece t - 1, and
/// pictures name it so. Every map is as large as its sides, and every piece has a word.
struct AttentionSentence {
  std::int64_t id = 0;              ///< line in the file, counted from 0
  std::vector<std::string> source;  ///< subwords as shown, the end mark included where it is a key
  std::vector<std::string> target;
  std::vector<std::int64_t> source_words;  ///< word of each subword, counted from 0; -1 = end mark
  std::vector<std::int64_t> target_words;
  /// The words themselves, as pictures show them; where there are none, their subwords are joined.
  std::vector<std::string> source_texts;
  std::vector<std::string> target_texts;
  std::string unit = "word";  ///< what the words are: "word", or "piece" where each subword is one
  std::vector<std::pair<std::int64_t, std::int64_t>> links;  ///< found ones: source and target word
  std::vector<std::pair<std::int64_t, std::int64_t>> gold;   ///< true ones
  std::vector<AttentionMap> maps;
};

/// What a page says above the maps.
struct AttentionPageInfo {
  std::string title;            ///< the model
  std::string source_language;  ///< "de", for the lang attribute; may be empty
  std::string target_language;
  std::string summary;  ///< one line, such as the alignment error rate; may be empty
};

/// All three throw std::invalid_argument where sizes disagree. Invalid UTF-8 becomes U+FFFD, and a
/// weight that is not a finite number is null in JSON. Pictures write characters that nobody sees,
/// such as those that turn the direction of text, as "[U+202E]".
///
/// One JSON object: id, source, target, words, unit, links, gold and maps with name, kind (self,
/// cross or step), rows, columns, weights [heads][rows][columns] and positions [rows] where there
/// are some, rounded to five digits. Ends without a line break.
std::string attention_json(const AttentionSentence& sentence);

/// A page that needs no network: sentence, layer and head can be chosen, hovering or the keyboard
/// shows a weight; whole words at first, subwords on request.
std::string attention_html(const std::vector<AttentionSentence>& sentences,
                           const AttentionPageInfo& info);

/// One map as a picture for a paper: head, or -1 for the mean of all heads. Rows and columns are
/// words, or subwords where sentence.unit says so.
std::string attention_svg(const AttentionSentence& sentence, const AttentionMap& map,
                          std::int64_t head);

}  // namespace regard
