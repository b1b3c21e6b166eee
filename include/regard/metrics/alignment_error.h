#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regard/core/error.h"

namespace regard {

/// Word links of one sentence pair: source word and target word, counted from 0.
using Links = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// The largest index a link may have. A larger number is damage: no sentence is that long.
inline constexpr std::int64_t kMaxLinkIndex = 1'000'000;

/// What people linked: links they are sure of, and links that are also right (Och and Ney 2003).
struct GoldLinks {
  Links sure;
  Links possible;  ///< every sure link as well
};

/// The words of both sides of a sentence pair.
struct SentenceWords {
  std::int64_t source = 0;
  std::int64_t target = 0;
};

/// Reads a line of Pharaoh format, "0-0 2-1", links parted by white space: source-target, counted
/// from 0. The result is sorted and has each link once; a blank line has none. Throws UserError
/// with the location and the link for anything else: a possible link, a weight ("0-0:0.9"), an
/// index above kMaxLinkIndex.
Links parse_links(std::string_view line, const SourceSpot& place);

/// The same for a gold line, in which "1p2" and "1?2" are possible links. Both lists are sorted and
/// have each link once; a link given both ways is sure.
GoldLinks parse_gold_links(std::string_view line, const SourceSpot& place);

/// Throws UserError naming the first link that points outside the sentence pair.
void check_links(const Links& links, const SentenceWords& words, const SourceSpot& place);

/// All lines of a gold file; `file` is its name in messages. With `words`, one entry per line,
/// links must stay inside their sentences; without (an empty span) that is not checked. Throws
/// UserError like parse_gold_links() and check_links(), and when `words` has another length.
std::vector<GoldLinks> parse_gold_file(std::span<const std::string> lines, const std::string& file,
                                       std::span<const SentenceWords> words = {});

/// How predicted links A agree with sure links S and possible links P of a whole corpus (Och and
/// Ney 2003, "A Systematic Comparison of Various Statistical Alignment Models", J03-1002, section
/// 6). Links are counted over all sentences before anything is divided. All three are from 0 to 1
/// and never NaN.
struct AlignmentError {
  double precision = 1;  ///< |A∩P| / |A|; 1 when A is empty: no link is wrong
  double recall = 1;     ///< |A∩S| / |S|; 1 when S is empty: no link is missed
  double error_rate = 0;  ///< 1 - (|A∩S| + |A∩P|) / (|A| + |S|), lower is better; 0 when both are
                          ///< empty
  std::int64_t num_sentences = 0;
  std::int64_t num_links = 0;           ///< |A|
  std::int64_t num_sure = 0;            ///< |S|
  std::int64_t num_sure_found = 0;      ///< |A∩S|
  std::int64_t num_possible_found = 0;  ///< |A∩P|
};

/// Sentence by sentence: holds counts, whatever the size of the corpus.
class AlignmentErrorAccumulator {
 public:
  /// In any order; a link that is given several times counts once, and a sure link is possible even
  /// where `gold.possible` lacks it.
  void add(const Links& predicted, const GoldLinks& gold);

  std::int64_t num_sentences() const { return counts_.num_sentences; }
  /// Throws UserError when nothing was added.
  AlignmentError result() const;

 private:
  AlignmentError counts_;  ///< its rates are not kept up
};

/// The error of a corpus, sentence i of one against sentence i of the other. Throws UserError
/// naming both counts when they differ, and when there is no sentence.
AlignmentError alignment_error(std::span<const Links> predicted, std::span<const GoldLinks> gold);

}  // namespace regard
