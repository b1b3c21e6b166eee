#include "regard/text/word_vectors.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "text/whole_line.h"

namespace regard {
namespace {

constexpr std::int64_t kMaxWidth = 16'384;

struct VectorHeader {
  std::int64_t words = 0;
  std::int64_t width = 0;
};

/// A whole number from 1 on that is all of the text.
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 1) return std::nullopt;
  return value;
}

std::optional<VectorHeader> parse_vector_header(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto words = whole_number(line.substr(0, space));
  const auto width = whole_number(line.substr(space + 1));
  if (!words || !width) return std::nullopt;
  return VectorHeader{*words, *width};
}

/// Takes vectors line by line.
class VectorTable {
 public:
  VectorTable(std::string file, std::span<const std::string> vocabulary, std::int64_t width)
      : file_(std::move(file)), num_words_(vocabulary.size()) {
    result_.is_found.resize(num_words_);
    for (std::size_t i = 0; i < num_words_; ++i)
      rows_.try_emplace(vocabulary[i], i);
    if (width > 0) set_width(width);
  }

  void add(const Line& line) {
    line_ = line.number;
    std::string_view text = line.text;
    while (text.ends_with(' '))  // word2vec writes one behind the last number
      text.remove_suffix(1);
    if (line.number == 1) {
      header_ = parse_vector_header(text);
      if (header_) return take_header();
    }
    if (result_.width == 0) set_width(count_spaces(text));
    ++result_.num_lines;
    std::string_view numbers;
    const std::string_view word = split_line(text, numbers);
    const auto row = rows_.find(std::string(word));
    if (row == rows_.end()) return;
    if (result_.is_found[row->second]) {
      ++result_.num_repeated;
      return;
    }
    result_.is_found[row->second] = true;
    ++result_.num_found;
    read_numbers(numbers, row->second);
  }

  WordVectors finish() {
    if (result_.num_lines == 0) {
      throw UserError(SourceSpot{file_}, "the file has no word vector",
                      "give a file of lines with a word and its numbers");
    }
    if (header_ && header_->words != result_.num_lines) {
      throw UserError(
          SourceSpot{file_},
          str("the first line says ", header_->words, " words, but there are ", result_.num_lines),
          "get the file again");
    }
    result_.values.resize(num_words_ * static_cast<std::size_t>(result_.width), 0.0F);
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse_vector(const std::string& what, const std::string& fix) const {
    throw UserError(SourceSpot{file_, line_}, what, fix);
  }

  static std::int64_t count_spaces(std::string_view text) {
    return static_cast<std::int64_t>(std::count(text.begin(), text.end(), ' '));
  }

  void set_width(std::int64_t width) {
    if (width < 1 || width > kMaxWidth)
      refuse_vector(str("vectors of width ", width), "give lines with a word and its numbers");
    result_.width = width;
  }

  void take_header() {
    if (result_.width > 0 && result_.width != header_->width) {
      refuse_vector(str("vectors of width ", header_->width, ", but ", result_.width, " is wanted"),
                    "give vectors of that width");
    }
    if (result_.width == 0) set_width(header_->width);
  }

  /// The word before the last `width` fields, which go to `numbers`.
  std::string_view split_line(std::string_view text, std::string_view& numbers) const {
    std::size_t at = text.size();
    std::int64_t found = 0;
    while (found < result_.width) {
      at = at == 0 ? std::string_view::npos : text.rfind(' ', at - 1);
      if (at == std::string_view::npos || at == 0) break;
      ++found;
    }
    if (text.starts_with(' ')) refuse_vector("the word is missing", "begin each line with a word");
    if (found < result_.width) {
      refuse_vector(
          str("a word and ", count_spaces(text), count_spaces(text) == 1 ? " number" : " numbers",
              ", but vectors have width ", result_.width),
          "give every word as many numbers");
    }
    numbers = text.substr(at + 1);
    return text.substr(0, at);
  }

  void read_numbers(std::string_view numbers, std::size_t row) {
    // Not before a line has shown that the width is no lie of the header.
    result_.values.resize(num_words_ * static_cast<std::size_t>(result_.width), 0.0F);
    float* value = &result_.values[row * static_cast<std::size_t>(result_.width)];
    const std::vector<std::string> fields = split(numbers, ' ');
    for (const std::string& field : fields) {
      const std::optional<double> number = parse_finite(field);
      *value = number ? static_cast<float>(*number) : 0.0F;
      if (!number || !std::isfinite(*value)) {
        refuse_vector(str(quote_for_message(field), " is no finite number"),
                      str("give every word ", result_.width, " numbers"));
      }
      ++value;
    }
  }

  std::string file_;
  std::size_t num_words_;
  std::unordered_map<std::string, std::size_t> rows_;
  std::optional<VectorHeader> header_;
  WordVectors result_;
  std::int64_t line_ = 0;
};

}  // namespace

LineReaderOptions word_vector_lines() {
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::keep;
  return options;
}

WordVectors read_word_vectors(LineReader lines, std::span<const std::string> vocabulary,
                              std::int64_t width) {
  VectorTable table(lines.name(), vocabulary, width);
  Line line;
  while (lines.next(line)) {
    require_whole_line(line, lines.name());
    table.add(line);
  }
  return table.finish();
}

}  // namespace regard
