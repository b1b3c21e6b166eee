#include "regard/run/text_input.h"

#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

std::vector<std::string> read_lines(const std::filesystem::path& path, InvalidUtf8 invalid_utf8,
                                    std::int64_t count) {
  LineReaderOptions options;
  options.invalid_utf8 = invalid_utf8;
  LineReader reader(path, options);
  std::vector<std::string> lines;
  for (Line line;
       (count == 0 || static_cast<std::int64_t>(lines.size()) < count) && reader.next(line);)
    lines.push_back(std::move(line.text));
  return lines;
}

std::string name_of_text(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

LineReader open_given_text(const std::string& path, const LineReaderOptions& options) {
  if (path == "-") return LineReader(STDIN_FILENO, name_of_text(path), options);
  return LineReader(std::filesystem::path(path), options);
}

LineReader open_text(const std::string& path, bool is_strict, const StopFlag* stop) {
  LineReaderOptions options;
  options.stop = stop;
  options.invalid_utf8 = is_strict ? InvalidUtf8::error : InvalidUtf8::replace;
  return open_given_text(path.empty() ? "-" : path, options);
}

std::vector<std::string> read_given_text(const std::string& path, Logger& logger) {
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::replace;
  LineReader reader = open_given_text(path, options);
  std::vector<std::string> lines;
  std::string first;
  std::int64_t num_invalid = 0;
  for (Line line; reader.next(line);) {
    if (line.invalid_byte != Line::kValid && num_invalid++ == 0) {
      first =
          str(to_string(SourceSpot{reader.name(), line.number}), ": byte ", line.invalid_byte + 1);
    }
    lines.push_back(std::move(line.text));
  }
  if (num_invalid > 0) {
    logger.warning(
        str(first, ": invalid UTF-8, replaced by U+FFFD",
            num_invalid == 1 ? "" : str(" (", with_thousands(num_invalid), " such lines in all)")));
  }
  if (lines.empty()) {
    throw UserError(SourceSpot{reader.name()}, "is empty (0 lines)", "give one line per sentence");
  }
  return lines;
}

void require_one_standard_input(const std::vector<std::pair<std::string, std::string>>& texts) {
  std::string first;
  for (const auto& [option, path] : texts) {
    if (path != "-") continue;
    if (!first.empty()) {
      throw UserError(str(first, " and ", option, ": both are standard input"),
                      "give a file for one of them");
    }
    first = option;
  }
}

}  // namespace regard
