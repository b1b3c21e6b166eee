#include "regard/text/fields.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "regard/core/strings.h"

#include "text/whole_line.h"

namespace regard {
namespace {

std::string counted_columns(std::size_t count) {
  return str(count, count == 1 ? " column" : " columns");
}

/// A number from 1 on; 0 for any other text.
std::size_t column_number(const std::string& text) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? number : 0;
}

/// "a","b": another format than this one.
bool is_quoted_csv(const std::string& line) {
  return line.size() > 2 && line.front() == '"' && line.find("\",\"") != std::string::npos;
}

/// At most `most` parts, the last one with everything that is left; 0 = no limit.
std::vector<std::string> split_spaces(std::string_view text, std::size_t most) {
  std::vector<std::string> parts;
  while (most == 0 || parts.size() + 1 < most) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) break;
    parts.emplace_back(text.substr(0, space));
    text.remove_prefix(space + 1);
  }
  parts.emplace_back(text);
  return parts;
}

}  // namespace

FieldsOptions fields_in_order(const std::vector<std::string>& names) {
  FieldsOptions options;
  options.num_columns = names.size();
  options.by_number = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != "-") options.columns.push_back(std::to_string(i + 1));
  }
  return options;
}

FieldReader::FieldReader(LineReader lines, FieldsOptions options)
    : lines_(std::move(lines)), options_(std::move(options)) {
  if (!options_.has_header) {
    find_columns({lines_.name()});
    return;
  }
  std::optional<std::vector<std::string>> fields = next_fields();
  if (!fields) {
    throw UserError(SourceSpot{lines_.name()},
                    "the file is empty, but its first line should name "
                    "the columns",
                    "give a file with a header, or say that it has none");
  }
  header_ = std::move(*fields);
  if (options_.num_columns == 0) options_.num_columns = header_.size();
  check_count(header_);
  find_columns({lines_.name(), line_.number});
}

std::optional<std::vector<std::string>> FieldReader::next_fields() {
  if (!lines_.next(line_)) return std::nullopt;
  require_whole_line(line_, lines_.name());
  if (options_.separator == FieldSeparator::tab) return split(line_.text, '\t');
  return split_spaces(line_.text, options_.num_columns);
}

void FieldReader::find_columns(const SourceSpot& place) {
  for (const std::string& column : options_.columns) {
    const auto named =
        options_.by_number ? header_.end() : std::find(header_.begin(), header_.end(), column);
    if (named != header_.end() && std::find(named + 1, header_.end(), column) != header_.end()) {
      throw UserError(place, str("two columns have the name ", quote_for_message(column)),
                      "give the number of the column");
    }
    const std::size_t number = named != header_.end()
                                   ? static_cast<std::size_t>(named - header_.begin()) + 1
                                   : column_number(column);
    const bool is_there =
        number > 0 && (options_.num_columns == 0 || number <= options_.num_columns);
    if (is_there) {
      wanted_.push_back(number - 1);
      continue;
    }
    const std::string near = nearest(column, header_);
    const std::string there =
        header_.empty() ? str("there are ", options_.num_columns, ", and no header names them")
                        : str("the header has ", escape_for_message(join(header_, ", ")));
    throw UserError(place, str("there is no column ", quote_for_message(column), ": ", there),
                    near.empty() ? "give a number from 1 on, or a name in the header"
                                 : str("use ", quote_for_message(near)));
  }
}

void FieldReader::check_count(const std::vector<std::string>& fields) const {
  const std::size_t wanted = options_.num_columns;
  if (fields.size() == wanted || (options_.keeps_further && fields.size() > wanted)) return;
  const bool has_tabs = options_.separator == FieldSeparator::tab;
  std::string fix = has_tabs ? "put one tab between columns, and none inside of a text"
                             : "put one space between columns";
  if (is_quoted_csv(line_.text)) fix = "write tabs, without quotes";
  throw UserError(SourceSpot{lines_.name(), line_.number},
                  str(counted_columns(fields.size()), ", but a line has ", counted_columns(wanted)),
                  fix);
}

bool FieldReader::next(Row& row) {
  std::optional<std::vector<std::string>> fields = next_fields();
  if (!fields) return false;
  if (options_.num_columns == 0) {
    options_.num_columns = fields->size();
    wanted_.clear();
    find_columns({lines_.name(), line_.number});
  }
  check_count(*fields);
  row.place = {lines_.name(), line_.number, 0};
  row.fields.clear();
  for (const std::size_t column : wanted_)
    row.fields.push_back((*fields)[column]);
  const auto first = fields->begin() + static_cast<std::ptrdiff_t>(options_.num_columns);
  row.further.assign(std::make_move_iterator(first), std::make_move_iterator(fields->end()));
  return true;
}

double parse_score(std::string_view field, const SourceSpot& place) {
  const std::optional<double> value = parse_finite(trim(field));
  if (value) return *value;
  throw UserError(place, str("score ", quote_for_message(field), " is no finite number"),
                  "write a number such as 3.7");
}

}  // namespace regard
