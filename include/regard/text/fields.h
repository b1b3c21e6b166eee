#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regard/config/describe.h"
#include "regard/core/error.h"
#include "regard/text/line_reader.h"

namespace regard {

/// What parts the columns of a line.
enum class FieldSeparator {
  tab,
  /// One space; the last column is the rest of the line, spaces included ("2 a good film").
  space,
};
REGARD_ENUM(FieldSeparator, tab, space);

struct FieldsOptions {
  /// The requested columns: a number counted from 1 or, with a header, a name in it (which wins
  /// over a number). The fields of a row come in this order.
  std::vector<std::string> columns;
  /// How many columns a line has; 0 = as many as the first line. With FieldSeparator::space it must
  /// be given, unless the header tells it.
  std::size_t num_columns = 0;
  /// The columns are numbers, also where the header has such a name.
  bool by_number = false;
  bool has_header = false;     ///< the first line names the columns
  bool keeps_further = false;  ///< lines may have more columns than num_columns: Row::further
  FieldSeparator separator = FieldSeparator::tab;
};

/// The columns for a list in file order, such as [label, "-", first, second]: the number of each
/// one that is not "-", and the length of the list as FieldsOptions::num_columns.
FieldsOptions fields_in_order(const std::vector<std::string>& names);

/// One line.
struct Row {
  std::vector<std::string> fields;   ///< in the order of FieldsOptions::columns; may be empty texts
  std::vector<std::string> further;  ///< what lies behind the last column
  SourceSpot place;
};

/// Reads tables of text, one example per line, without quoting: a '"' is a character as any other.
/// A byte order mark and CR at line ends are no part of it (LineReader). Every line must have the
/// same number of columns.
class FieldReader {
 public:
  /// Reads the header. Throws UserError for a requested column that is not there, or named twice.
  FieldReader(LineReader lines, FieldsOptions options);

  /// The next row; false at the end. Throws UserError as "FILE:7: 3 columns, but …" for a line with
  /// another number of columns, and for one that is longer than the reader's limit.
  bool next(Row& row);

  const std::string& name() const { return lines_.name(); }
  /// The header as it stands there; empty without.
  const std::vector<std::string>& header() const { return header_; }

 private:
  std::optional<std::vector<std::string>> next_fields();
  void find_columns(const SourceSpot& place);
  void check_count(const std::vector<std::string>& fields) const;

  LineReader lines_;
  FieldsOptions options_;
  Line line_;
  std::vector<std::string> header_;
  std::vector<std::size_t> wanted_;
};

/// The finite number that a field is. Throws UserError: "FILE:3: score 'n/a' is no finite number".
double parse_score(std::string_view field, const SourceSpot& place);

}  // namespace regard
