#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "regard/align/word_list.h"
#include "regard/core/stop_flag.h"
#include "regard/text/line_reader.h"

namespace regard {

/// One side of a parallel text as numbers of words: 4 bytes a word and 8 a line, besides the
/// list of the different words.
class ParallelSide {
 public:
  explicit ParallelSide(WordForm form) : words_(form) {}

  /// Words are what white space separates (text/words.h). The words of a line with more than
  /// `max_words` are left out, and the line is empty.
  void add_line(std::string_view line, std::int64_t max_words);

  std::int64_t num_lines() const { return static_cast<std::int64_t>(ends_.size()) - 1; }
  std::int64_t num_tokens() const { return static_cast<std::int64_t>(numbers_.size()); }
  std::int64_t num_long_lines() const { return num_long_lines_; }
  /// Numbers of words of a line, counted from 0.
  std::span<const std::int32_t> line(std::int64_t index) const {
    return std::span(numbers_).subspan(ends_[index], ends_[index + 1] - ends_[index]);
  }
  const WordList& words() const { return words_; }

 private:
  WordList words_;
  std::vector<std::int32_t> numbers_;
  std::vector<std::uint64_t> ends_ = {0};
  std::int64_t num_long_lines_ = 0;
};

/// Sentence pairs: line i of one side and of the other.
struct ParallelText {
  explicit ParallelText(WordForm form) : source(form), target(form) {}

  std::int64_t num_pairs() const { return source.num_lines(); }

  ParallelSide source;
  ParallelSide target;
  std::uint64_t fingerprint = 0;  ///< of all words, and of how they lie in lines
};

struct ParallelTextOptions {
  WordForm form = WordForm::folded;
  /// A pair with a longer line takes no part and gets no links: time and memory grow with the
  /// third and second power of the words of a line. At least 1.
  std::int64_t max_words = 500;
  /// Ends the reading when it asks to stop; may be null.
  const StopFlag* stop = nullptr;
};

/// Reads both sides. Throws UserError naming both numbers of lines when they differ, when there is
/// no line, and as LineReader does.
ParallelText read_parallel_text(LineReader& source, LineReader& target,
                                const ParallelTextOptions& options);

}  // namespace regard
