#include "text_input.h"

#include "regard/text/line_reader.h"

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

}  // namespace regard
