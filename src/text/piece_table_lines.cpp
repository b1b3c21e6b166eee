#include <algorithm>
#include <charconv>

#include "regard/text/piece_table.h"

#include "text/piece_table_problem.h"

namespace regard {
namespace {

/// What stands before a tab where a number follows it and ends the line; else the line itself.
std::string_view piece_of_line(std::string_view line) {
  const std::size_t tab = line.rfind('\t');
  if (tab == std::string_view::npos || tab == 0) return line;
  double score = 0;
  const char* const end = line.data() + line.size();
  const auto [stop, code] = std::from_chars(line.data() + tab + 1, end, score);
  return code == std::errc() && stop == end ? line.substr(0, tab) : line;
}

}  // namespace

PieceTable PieceTable::from_lines(std::string_view text, const std::string& name) {
  std::vector<std::string> pieces;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto number = static_cast<std::int64_t>(pieces.size()) + 1;
    if (line.empty()) refuse_table({name, number}, "the line is empty");
    if (pieces.size() == kMaxPieces) refuse_table({name}, kTooManyPieces);
    pieces.emplace_back(piece_of_line(line));
  }
  return from_pieces(std::move(pieces), name);
}

}  // namespace regard
