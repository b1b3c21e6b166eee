#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/error.h"
#include "regard/text/line_reader.h"

namespace regard {

struct ColumnsOptions {
  /// What the columns hold, in the order of the file:
  ///
  ///   word       the words; needed
  ///   tag        one tag per word
  ///   predicate  "-" or "_" (or nothing) for words that are none, anything else for a predicate
  ///   props      as many columns as the sentence has predicates, with brackets: "(A0*", "*", "*)"
  ///   roles      the same with one label per word, "_" for none (CoNLL-2009, CoNLL-U Plus)
  ///   id         lines whose id is a range or a decimal ("1-2", "8.1"; CoNLL-U) are left out
  ///   "-"        of no interest
  std::vector<std::string> columns = {"word", "tag"};
  /// Lines before the first word of a sentence that begin with '#' are comments. False: they are
  /// words.
  bool has_comments = true;
};

/// Throws UserError for an unknown name, one that is there twice, no word, and for props or roles
/// without predicate.
void check_columns(const ColumnsOptions& options);

/// A sentence, one word per line. All lists but `predicates` and `roles` are as long as `words`, or
/// empty where the file has no such column.
struct TaggedSentence {
  SourceSpot place;  ///< of the first word
  std::vector<std::string> words;
  std::vector<std::string> tags;
  std::vector<std::size_t> predicates;          ///< their words, counted from 0
  std::vector<std::vector<std::string>> roles;  ///< [predicate][word]; props as BIO
};

/// Reads CoNLL's columns: a line is a word, a blank line ends a sentence. Columns are parted by
/// tabs where a line has one, else by runs of spaces. A sentence of the one word "-DOCSTART-" is
/// left out.
class ColumnReader {
 public:
  static constexpr std::size_t kMaxSentenceBytes = std::size_t{1} << 20;

  /// Throws like check_columns().
  ColumnReader(LineReader lines, ColumnsOptions options);

  /// The next sentence; false at the end. Throws UserError naming file and line: another number of
  /// columns, an empty word or tag, a sentence of more than kMaxSentenceBytes (no blank line?), a
  /// bracket that is opened inside of another or not closed, as many columns of props or roles as
  /// there are no predicates.
  bool next(TaggedSentence& sentence);

  const std::string& name() const { return lines_.name(); }
  /// Comments, document marks and left out ids so far.
  std::int64_t num_left_out() const { return num_left_out_; }

 private:
  struct WordLine {
    std::int64_t number = 0;
    std::vector<std::string> cells;
    bool has_tabs = false;
  };

  bool read_lines();
  void check_line(const WordLine& line) const;
  bool is_left_out(const WordLine& line) const;
  const std::string& cell(const WordLine& line, std::size_t column) const;
  void fill(TaggedSentence& sentence) const;
  void fill_roles(TaggedSentence& sentence) const;
  std::vector<std::string> role_column(std::size_t place, std::size_t num_roles) const;
  std::size_t num_role_cells(const WordLine& line) const;

  LineReader lines_;
  ColumnsOptions options_;
  std::optional<std::size_t> word_, tag_, predicate_, roles_, id_;  ///< places in options_.columns
  bool has_props_ = false;
  std::vector<WordLine> current_;
  std::int64_t num_left_out_ = 0;
};

}  // namespace regard
