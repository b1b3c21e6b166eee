#include "config/yaml_faults.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "regard/core/strings.h"

#include "config/scalars.h"

namespace regard::config {
namespace {

/// Line `number`, counted from 1, without its end.
std::string_view line_at(std::string_view text, std::int64_t number) {
  for (std::int64_t i = 1; i < number; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool has_content(std::string_view line) {
  line = trim(line);
  return !line.empty() && !line.starts_with('#');
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// The last line with content above `number`; 0 = there is none.
std::int64_t line_above(std::string_view text, std::int64_t number) {
  while (--number > 0 && !has_content(line_at(text, number))) {
  }
  return std::max<std::int64_t>(number, 0);
}

/// Walks through a text as YAML in flow style sees it.
class BracketScanner {
 public:
  BracketScanner(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Problem scan() {
    for (at_ = 0; at_ < text_.size() && fault_.what.empty(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_start_ = at_ + 1;
        starts_value_ = true;
        has_closed_ = false;
      } else if (c == '#' && (at_ == 0 || is_blank(text_[at_ - 1]))) {
        at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
      } else if ((c == '"' || c == '\'') && starts_value_) {
        skip_quoted(c);
      } else {
        take(c);
      }
    }
    if (fault_.what.empty() && !open_.empty()) report_open(open_.back());
    return std::move(fault_);
  }

 private:
  struct Bracket {
    char kind;
    SourceSpot spot;
  };

  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  SourceSpot spot() const {
    return {name_, line_, static_cast<std::int64_t>(at_ - line_start_) + 1};
  }

  void take(char c) {
    const bool is_inside = !open_.empty();
    if ((c == '[' || c == '{') && starts_value_) {
      open_.push_back({c, spot()});
      return;  // what follows starts a value, too
    }
    if ((c == ']' || c == '}') && is_inside) {
      const Bracket last = open_.back();
      if ((last.kind == '[') != (c == ']')) {
        report_open(last);
        return;
      }
      open_.pop_back();
      has_closed_ = true;
    } else if ((c == ']' || c == '}') && has_closed_) {
      fault_ = {spot(), str("not valid YAML: a closing ", c, " without an opening one"),
                "remove it, or write the opening one"};
      return;
    }
    if (is_blank(c)) return;
    const bool ends_key = c == ':' && at_ + 1 < text_.size() && is_blank(text_[at_ + 1]);
    const bool is_item =
        c == '-' && starts_value_ && at_ + 1 < text_.size() && is_blank(text_[at_ + 1]);
    starts_value_ = ends_key || is_item || (is_inside && c == ',');
    if (c != ']' && c != '}') has_closed_ = false;
  }

  void skip_quoted(char quote) {
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      }
      if (quote == '"' && c == '\\') {
        ++at_;
      } else if (c == quote && quote == '\'' && text_.substr(at_ + 1).starts_with('\'')) {
        ++at_;
      } else if (c == quote) {
        break;
      }
    }
    starts_value_ = false;
  }

  void report_open(const Bracket& bracket) {
    const char closing = bracket.kind == '[' ? ']' : '}';
    fault_ = {bracket.spot, str("not valid YAML: the bracket ", bracket.kind, " is never closed"),
              str("add ", closing, " where it ends")};
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  std::size_t line_start_ = 0;
  bool starts_value_ = true;
  bool has_closed_ = false;  // a bracket, just before this character
  std::vector<Bracket> open_;
  Problem fault_;
};

/// A tab among the blanks before the text of the line where the parser gave up, or of the one
/// above.
Problem tab_fault(std::string_view text, const SourceSpot& spot) {
  for (std::int64_t number : {spot.line, line_above(text, spot.line)}) {
    const std::string_view line = line_at(text, number);
    const std::size_t tab = line.substr(0, line.find_first_not_of(" \t")).find('\t');
    if (number == 0 || tab == std::string_view::npos || !has_content(line)) continue;
    return {{spot.name, number, static_cast<std::int64_t>(tab) + 1},
            "not valid YAML: a tab in the indentation",
            "indent with spaces, like the lines around it"};
  }
  return {};
}

/// For "illegal map value": a colon where there can be none.
Problem colon_fault(std::string_view text, const SourceSpot& spot) {
  const std::string_view line = line_at(text, spot.line);
  const auto column =
      std::min(static_cast<std::size_t>(std::max<std::int64_t>(spot.column, 1)) - 1, line.size());
  if (line.substr(0, column).find(": ") != std::string_view::npos) {
    return {spot, "not valid YAML: a second 'key: ' on the line",
            "put a text that contains a colon and a space in quotes, or start a new line"};
  }
  const std::int64_t number = line_above(text, spot.line);
  const std::string_view above = line_at(text, number);
  const std::size_t colon = above.find(':');
  const SourceSpot place{spot.name, number, static_cast<std::int64_t>(indent_of(above)) + 1};
  if (number > 0 && colon == std::string_view::npos) {
    return {place, str("not valid YAML: ", in_quotes(trim(above)), " has no colon"),
            "write key: value"};
  }
  if (number > 0 && colon + 1 < above.size() && above[colon + 1] != ' ') {
    return {place, "not valid YAML: no space after the colon",
            str("write ",
                in_quotes(str(trim(above.substr(0, colon)), ": ", trim(above.substr(colon + 1)))))};
  }
  if (number > 0 && indent_of(line) > indent_of(above)) {
    return {spot, "not valid YAML: indented further than the line above, which already has a value",
            str("start it in column ", indent_of(above) + 1)};
  }
  return {spot, "not valid YAML: a colon where no key is allowed", "check indentation and quotes"};
}

/// For "end of map not found": a line that does not continue with what is above it.
Problem map_fault(std::string_view text, const SourceSpot& spot) {
  const std::string_view line = line_at(text, spot.line);
  const std::size_t indent = indent_of(line);
  if (static_cast<std::size_t>(spot.column) > indent + 2 &&
      line.find_first_of("\"'") < static_cast<std::size_t>(spot.column)) {
    return {spot, "not valid YAML: text after the closing quote",
            "put all of it in one pair of quotes; inside '...', write '' for a quote"};
  }
  return {spot, str("not valid YAML: indented by ", indent, ", like no group of keys above it"),
          "indent it like the other keys of its group"};
}

}  // namespace

Problem bracket_fault(std::string_view text, const std::string& name) {
  return BracketScanner(text, name).scan();
}

Problem explain_yaml_fault(std::string_view text, const SourceSpot& spot,
                           const std::string& message) {
  if (Problem tab = tab_fault(text, spot); !tab.what.empty()) return tab;
  if (message.find("flow") != std::string::npos) {
    if (Problem bracket = bracket_fault(text, spot.name); !bracket.what.empty()) return bracket;
  }
  if (message == "illegal map value") return colon_fault(text, spot);
  if (message == "end of map not found") return map_fault(text, spot);
  const std::string_view line = line_at(text, spot.line);
  if (message == "unknown token" && spot.column > 0 &&
      static_cast<std::size_t>(spot.column) <= line.size()) {
    const char c = line[static_cast<std::size_t>(spot.column) - 1];
    return {spot, str("not valid YAML: a text cannot begin with ", in_quotes(std::string(1, c))),
            "put it in quotes"};
  }
  if (message == "unexpected character in block scalar") {
    return {spot, "not valid YAML: a text that begins with > or | is a block of lines in YAML",
            "put it in quotes, as in \">>de<<\""};
  }
  return {spot, "not valid YAML: " + message, "check indentation, colons and quotes"};
}

}  // namespace regard::config
