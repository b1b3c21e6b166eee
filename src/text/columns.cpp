#include "regard/text/columns.h"

#include <algorithm>
#include <array>

#include "regard/core/strings.h"

#include "text/role_brackets.h"
#include "text/whole_line.h"

namespace regard {
namespace {

constexpr std::array<std::string_view, 7> kColumnNames = {"word",  "tag", "predicate", "props",
                                                          "roles", "id",  "-"};

std::optional<std::size_t> place_of(const std::vector<std::string>& columns,
                                    std::string_view name) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::vector<std::string> cells_of(const std::string& line, bool has_tabs) {
  if (has_tabs) return split(line, '\t');
  std::vector<std::string> cells;
  for (const std::string& part : split(line, ' ')) {
    if (!part.empty()) cells.push_back(part);
  }
  return cells;
}

bool is_blank(const std::string& line) {
  return trim(line).empty();
}

bool is_no_predicate(const std::string& cell) {
  return cell.empty() || cell == "-" || cell == "_";
}

std::string counted_cells(std::size_t count, std::string_view what) {
  return str(count, " ", what, count == 1 ? "" : "s");
}

}  // namespace

void check_columns(const ColumnsOptions& options) {
  for (const std::string& name : options.columns) {
    if (std::find(kColumnNames.begin(), kColumnNames.end(), name) == kColumnNames.end()) {
      throw UserError(str("there is no column ", quote_for_message(name)),
                      "use word, tag, predicate, props, roles, id or -");
    }
    if (name != "-" && std::count(options.columns.begin(), options.columns.end(), name) > 1)
      throw UserError(str("column ", name, " is there twice"), "name it once, and - for the other");
  }
  if (!place_of(options.columns, "word"))
    throw UserError("no column holds the words", "call one of them word");
  const bool has_props = place_of(options.columns, "props").has_value();
  const bool has_roles = place_of(options.columns, "roles").has_value();
  if (has_props && has_roles)
    throw UserError("the columns have props and roles", "use the one that the file has");
  if ((has_props || has_roles) && !place_of(options.columns, "predicate"))
    throw UserError("props and roles belong to predicates", "call the column of them predicate");
}

ColumnReader::ColumnReader(LineReader lines, ColumnsOptions options)
    : lines_(std::move(lines)), options_(std::move(options)) {
  check_columns(options_);
  word_ = place_of(options_.columns, "word");
  tag_ = place_of(options_.columns, "tag");
  predicate_ = place_of(options_.columns, "predicate");
  id_ = place_of(options_.columns, "id");
  roles_ = place_of(options_.columns, "props");
  has_props_ = roles_.has_value();
  if (!has_props_) roles_ = place_of(options_.columns, "roles");
}

/// Cells of props or roles: what a line has more than the other columns.
std::size_t ColumnReader::num_role_cells(const WordLine& line) const {
  const std::size_t others = options_.columns.size() - (roles_ ? 1 : 0);
  return line.cells.size() > others ? line.cells.size() - others : 0;
}

/// The cell of a column; columns behind the roles are counted from the end of the line.
const std::string& ColumnReader::cell(const WordLine& line, std::size_t column) const {
  if (!roles_ || column < *roles_) return line.cells[column];
  return line.cells[line.cells.size() - (options_.columns.size() - column)];
}

void ColumnReader::check_line(const WordLine& line) const {
  const SourceSpot place{lines_.name(), line.number};
  const std::size_t named = options_.columns.size();
  const std::size_t least = roles_ ? named - 1 : named;
  if (line.cells.size() < least || (!roles_ && line.cells.size() > named)) {
    throw UserError(place,
                    str(counted_cells(line.cells.size(), "column"), ", but ",
                        roles_ ? "at least " : "", least, least == 1 ? " is" : " are", " named"),
                    "name every column of the file, - for those that are not wanted");
  }
  if (trim(cell(line, *word_)).empty()) throw UserError(place, "the word is empty", "give a word");
  if (tag_ && cell(line, *tag_).empty()) throw UserError(place, "the tag is empty", "give a tag");
}

bool ColumnReader::is_left_out(const WordLine& line) const {
  return id_ && cell(line, *id_).find_first_of("-.") != std::string::npos;
}

/// Gets the lines of the next sentence; false at the end.
bool ColumnReader::read_lines() {
  current_.clear();
  std::size_t bytes = 0;
  Line line;
  while (lines_.next(line)) {
    require_whole_line(line, lines_.name());
    if (is_blank(line.text)) {
      if (!current_.empty()) return true;
      continue;
    }
    if (options_.has_comments && current_.empty() && line.text[0] == '#') {
      ++num_left_out_;
      continue;
    }
    WordLine word{line.number, {}, line.text.find('\t') != std::string::npos};
    word.cells = cells_of(line.text, word.has_tabs);
    check_line(word);
    bytes += line.text.size() + 1;
    if (is_left_out(word)) {
      ++num_left_out_;
      continue;
    }
    current_.push_back(std::move(word));
    if (bytes > kMaxSentenceBytes) {
      throw UserError(SourceSpot{lines_.name(), current_[0].number},
                      str("the sentence has more than ", kMaxSentenceBytes, " bytes"),
                      "end each sentence with a blank line");
    }
  }
  return !current_.empty();
}

bool ColumnReader::next(TaggedSentence& sentence) {
  while (read_lines()) {
    if (current_.size() == 1 && cell(current_[0], *word_) == "-DOCSTART-") {
      ++num_left_out_;
      continue;
    }
    sentence = {};
    fill(sentence);
    return true;
  }
  return false;
}

void ColumnReader::fill(TaggedSentence& sentence) const {
  sentence.place = {lines_.name(), current_[0].number, 0};
  for (const WordLine& line : current_) {
    sentence.words.push_back(cell(line, *word_));
    if (tag_) sentence.tags.push_back(cell(line, *tag_));
    if (predicate_ && !is_no_predicate(cell(line, *predicate_)))
      sentence.predicates.push_back(sentence.words.size() - 1);
  }
  if (roles_) fill_roles(sentence);
}

void ColumnReader::fill_roles(TaggedSentence& sentence) const {
  std::size_t most = 0;
  for (const WordLine& line : current_)
    most = std::max(most, num_role_cells(line));
  const std::size_t num_predicates = sentence.predicates.size();
  for (const WordLine& line : current_) {
    const std::size_t found = num_role_cells(line);
    // Files of roles leave empty cells at the ends of lines out.
    const bool is_short = !has_props_ && line.has_tabs && found < num_predicates &&
                          most == num_predicates && *roles_ + 1 == options_.columns.size();
    if (found == num_predicates || is_short) continue;
    throw UserError(SourceSpot{lines_.name(), line.number},
                    str(counted_cells(num_predicates, "predicate"), ", but ",
                        counted_cells(found, "column"), " of ", has_props_ ? "props" : "roles"),
                    "give a column for each predicate of the sentence");
  }
  for (std::size_t i = 0; i < num_predicates; ++i)
    sentence.roles.push_back(role_column(i, num_predicates));
}

std::vector<std::string> ColumnReader::role_column(std::size_t place, std::size_t num_roles) const {
  std::vector<std::string> result;
  RoleBrackets brackets;
  for (const WordLine& line : current_) {
    const bool is_there = place < std::min(num_roles, num_role_cells(line));
    const std::string found = is_there ? line.cells[*roles_ + place] : "_";
    if (has_props_) {
      result.push_back(brackets.next(found, {lines_.name(), line.number, 0}));
    } else {
      result.push_back(found.empty() ? "_" : found);
    }
  }
  brackets.finish();
  return result;
}

}  // namespace regard
