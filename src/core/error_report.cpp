#include "regard/core/error_report.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "regard/core/strings.h"
#include "regard/core/terminal.h"

namespace regard {
namespace {

constexpr std::size_t kMaxColumns = 100;  // of a shown line
constexpr std::size_t kKeptBefore = 60;   // columns before the caret

struct Colours {
  std::string_view error;
  std::string_view frame;
  std::string_view caret;
  std::string_view none;
};
constexpr Colours kColours = {"\x1b[1;31m", "\x1b[34m", "\x1b[1;31m", "\x1b[0m"};
constexpr Colours kPlain = {"", "", "", ""};

/// Line `number`, counted from 1, of a file; nothing where it cannot be had (any more).
std::string line_of(const std::string& path, std::int64_t number) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  for (std::int64_t i = 0; i < number; ++i) {
    if (!std::getline(file, line)) return "";
  }
  if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string shown(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '\t', ' ');
  return escape_for_message(spaced, std::string_view::npos);
}

/// The line of the file and the caret below it. Long lines are cut around the column.
void add_source(const SourceSpot& spot, const Colours& colours, std::vector<std::string>& lines) {
  if (spot.line <= 0 || spot.column <= 0) return;
  const std::string line = line_of(spot.name, spot.line);
  const auto column = static_cast<std::size_t>(spot.column) - 1;
  if (line.empty() || column > line.size()) return;
  std::string before = shown(std::string_view(line).substr(0, column));
  if (const std::size_t columns = display_columns(before); columns > kKeptBefore) {
    before = "..." + before.substr(fitting(before, columns - kKeptBefore + 3).size());
  }
  const std::string after = shown(std::string_view(line).substr(column));
  const std::size_t indent = display_columns(before);
  const std::string number = std::to_string(spot.line);
  const std::string bar = str(colours.frame, " |", colours.none, " ");
  lines.push_back(str("  ", colours.frame, number, colours.none, bar, before,
                      fitting(after, kMaxColumns - indent)));
  lines.push_back(str("  ", std::string(number.size(), ' '), bar, std::string(indent, ' '),
                      colours.caret, "^", colours.none));
}

}  // namespace

std::vector<std::string> report_lines(const Error& error, const ErrorReportStyle& style) {
  const Colours& colours = style.has_colour ? kColours : kPlain;
  const std::vector<Problem>& problems = error.problems();
  const std::string head = str(colours.error, "error:", colours.none, " ");
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(problems.size(), style.max_problems); ++i) {
    lines.push_back(head + to_string(problems[i]));
    if (style.shows_source) add_source(problems[i].spot, colours, lines);
  }
  if (problems.size() > style.max_problems) {
    const std::size_t rest = problems.size() - style.max_problems;
    lines.push_back(str(head, "and ", rest, rest == 1 ? " more problem" : " more problems"));
  }
  return lines;
}

std::vector<std::string> error_lines(const Error& error) {
  return report_lines(error, {});
}

}  // namespace regard
