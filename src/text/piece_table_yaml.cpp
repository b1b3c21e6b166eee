#include <algorithm>
#include <charconv>

#include "regard/core/strings.h"
#include "regard/text/piece_table.h"

#include "text/piece_table_problem.h"
#include "text/yaml_scalar.h"

namespace regard {
namespace {

constexpr std::string_view kBlanks = " \t";

bool starts_with_blank(std::string_view text) {
  return !text.empty() && kBlanks.find(text[0]) != std::string_view::npos;
}

std::string_view without_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

/// Blank or a comment.
bool says_nothing(std::string_view line) {
  const std::string_view text = without_blanks(line);
  return text.empty() || text.front() == '#';
}

/// The same for what stands behind a value: a comment needs a blank before it.
bool ends_line(std::string_view rest) {
  return rest.empty() || (starts_with_blank(rest) && says_nothing(rest));
}

/// A colon or question mark that YAML does not take for text.
bool starts_with_indicator(std::string_view line, char indicator) {
  return line.starts_with(indicator) && (line.size() == 1 || starts_with_blank(line.substr(1)));
}

class MarianYamlReader {
 public:
  explicit MarianYamlReader(const std::string& name) : name_(name) {}

  std::vector<NumberedPiece> read(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    while (!text.empty()) {
      const std::size_t length = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, length);
      text.remove_prefix(std::min(length + 1, text.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++line_;
      read_line(line);
    }
    if (awaits_id_) refuse(str("no id follows the piece ", shown_piece(pieces_.back().piece)));
    return std::move(pieces_);
  }

 private:
  void read_line(std::string_view line) {
    if (says_nothing(line)) return;
    if (is_ended_) refuse("text follows the end of the document");
    if (awaits_id_) {
      if (!starts_with_indicator(line, ':')) refuse("expected \": id\" for the piece before");
      take_id(line.substr(1));
    } else if (is_marker(line, "---")) {
      if (is_started_ || !pieces_.empty()) refuse("a second document begins");
      is_started_ = true;
    } else if (is_marker(line, "...")) {
      is_ended_ = true;
    } else if (starts_with_indicator(line, '?')) {
      const std::string_view rest = take_piece(without_blanks(line.substr(1)));
      if (!ends_line(rest)) refuse(str("unexpected text ", shown_piece(rest), " after a piece"));
    } else {
      const std::string_view rest = without_blanks(take_piece(line));
      if (!starts_with_indicator(rest, ':')) refuse("expected \"piece: id\"");
      take_id(rest.substr(1));
    }
  }

  /// The marks of a document's start and end may have content behind them, which no writer of
  /// vocabularies uses.
  bool is_marker(std::string_view line, std::string_view marker) const {
    if (!line.starts_with(marker)) return false;
    const std::string_view rest = line.substr(marker.size());
    if (starts_with_blank(rest) && !says_nothing(rest)) refuse(str("text follows \"", marker, '"'));
    return ends_line(rest);
  }

  /// Returns what follows the piece.
  std::string_view take_piece(std::string_view text) {
    if (pieces_.size() == PieceTable::kMaxPieces) refuse(kTooManyPieces);
    YamlScalar scalar = read_yaml_scalar(text);
    if (!scalar.fault.empty()) refuse(scalar.fault);
    pieces_.push_back({std::move(scalar.value), 0});
    awaits_id_ = true;
    return text.substr(scalar.length);
  }

  void take_id(std::string_view text) {
    text = without_blanks(text);
    std::uint64_t& id = pieces_.back().id;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
    const bool is_octal = text.size() - rest.size() > 1 && text.front() == '0';
    if (error != std::errc{} || is_octal || !ends_line(rest)) {
      refuse(str("the id of piece ", shown_piece(pieces_.back().piece), " is ", shown_piece(text),
                 ", not a whole number"));
    }
    awaits_id_ = false;
  }

  [[noreturn]] void refuse(const std::string& why) const { refuse_table({name_, line_}, why); }

  std::string name_;
  std::int64_t line_ = 0;
  bool is_started_ = false;
  bool is_ended_ = false;
  bool awaits_id_ = false;  ///< the last piece has none yet
  std::vector<NumberedPiece> pieces_;
};

}  // namespace

PieceTable PieceTable::from_marian_yaml(std::string_view text, const std::string& name) {
  return from_pieces(in_order_of_ids(MarianYamlReader(name).read(text), name), name);
}

}  // namespace regard
