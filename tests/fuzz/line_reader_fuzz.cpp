#include <istream>
#include <streambuf>
#include <string>
#include <vector>

#include "regard/core/utf8.h"
#include "regard/text/line_reader.h"

#include "fuzz/fuzz_support.h"
#include "text/file_kind.h"

// Lines of any bytes, in pieces of any length, against a plain split; and files, which may be
// packed (gzip, xz, zstd, bzip2) or no text at all. The first three bytes of the input choose.

namespace regard::fuzz {
namespace {

/// Hands out a text a few bytes at a time, as a pipe would.
class Drip : public std::streambuf {
 public:
  Drip(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}

 protected:
  int_type underflow() override {
    if (used_ == text_.size()) return traits_type::eof();
    char* const start = text_.data() + used_;
    const std::size_t count = std::min(step_, text_.size() - used_);
    used_ += count;
    setg(start, start, start + count);
    return traits_type::to_int_type(*start);
  }
  /// More can be had without waiting, or the end.
  std::streamsize showmanyc() override {
    return used_ == text_.size() ? -1 : static_cast<std::streamsize>(text_.size() - used_);
  }

 private:
  std::string text_;
  std::size_t step_;
  std::size_t used_ = 0;
};

struct Setup {
  LineReaderOptions options;
  std::size_t step = 1;
  bool asks_first = false;  ///< calls has_buffered_line() before each line
};

std::vector<Line> read_all(LineReader& reader, bool asks_first) {
  std::vector<Line> lines;
  Line line;
  for (;;) {
    const bool is_there = asks_first && reader.has_buffered_line();
    const bool has_line = reader.next(line);
    // Every byte is already there, so that nothing may have to be waited for.
    require(!asks_first || is_there, "a line was not seen");
    if (!has_line) break;
    lines.push_back(line);
  }
  require(!reader.next(line), "a line after the last one");
  return lines;
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The lines of a text before anything is cut.
std::vector<std::string_view> plain_split(std::string_view text) {
  std::vector<std::string_view> lines;
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(3);
    if (text.empty()) return {""};  // the mark is a line that needs no \n
  }
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

/// `before` is what the file has of this line before its text: a byte order mark.
void check_line(const Line& line, std::string_view whole, std::size_t before,
                const LineReaderOptions& options) {
  const bool is_long = whole.size() > options.max_line_bytes;
  const std::string_view kept = is_long ? utf8_prefix(whole, options.max_line_bytes) : whole;
  require(line.was_cut == is_long, "a cut that is not told, or none that is");
  const std::size_t invalid = first_invalid_utf8(kept);
  require(line.invalid_byte == (invalid == Line::kValid ? invalid : before + invalid),
          "another invalid byte");
  const bool replaces = options.invalid_utf8 == InvalidUtf8::replace;
  require(line.text == (replaces ? replace_invalid_utf8(kept) : std::string(kept)), "another text");
}

void compare(const std::vector<Line>& lines, std::string_view text, const Setup& setup,
             std::int64_t num_skipped) {
  const std::vector<std::string_view> expected = plain_split(text);
  require(lines.size() + static_cast<std::size_t>(num_skipped) == expected.size(),
          "another number of lines");
  for (const Line& line : lines) {
    const auto index = static_cast<std::size_t>(line.number) - 1;
    require(index < expected.size(), "a line number that is too large");
    const bool has_mark = index == 0 && text.starts_with(kByteOrderMark);
    check_line(line, expected[index], has_mark ? kByteOrderMark.size() : 0, setup.options);
  }
}

void read_stream(std::string_view text, const Setup& setup) {
  Drip drip{std::string(text), setup.step};
  std::istream stream(&drip);
  LineReader reader(stream, "fuzz.txt", setup.options);
  const std::vector<Line> lines = read_all(reader, setup.asks_first);
  compare(lines, text, setup, reader.skipped_lines());
}

void read_file(std::string_view text, const Setup& setup) {
  static MemoryFile file;
  LineReader reader(file.put(text), setup.options);
  const std::vector<Line> lines = read_all(reader, setup.asks_first);
  // What is not text was refused; what is packed holds another text.
  const FileKind kind = recognise(text);
  require(kind.form != FileKind::Form::other, "a binary file was read");
  if (!kind.is_packed()) compare(lines, text, setup, reader.skipped_lines());
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  std::string_view input = fuzz::as_text(data, size);
  const std::uint8_t choice = fuzz::take_byte(input);
  fuzz::Setup setup;
  setup.options.invalid_utf8 = static_cast<regard::InvalidUtf8>(choice & 3);
  setup.asks_first = (choice & 4) != 0;
  setup.options.max_line_bytes = 4 + std::size_t{fuzz::take_byte(input)};
  setup.step = 1 + std::size_t{fuzz::take_byte(input)};
  fuzz::accepts([&] { fuzz::read_stream(input, setup); });
  fuzz::accepts([&] { fuzz::read_file(input, setup); });
  return 0;
}
