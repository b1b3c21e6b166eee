#include "regard/data/example_line.h"

#include <algorithm>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/text/tokenizer.h"

namespace regard {

/// Lines are cut where they have too many subwords for certain (SentencePiece learns pieces of 16
/// characters at most), so that no time is lost on encoding them.
LineReaderOptions example_reading(std::int64_t max_length) {
  constexpr std::int64_t kLongestPiece = 64;
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::keep;  // a line left out on one side would shift the other
  const std::int64_t longest = max_length * kLongestPiece;
  options.max_line_bytes = static_cast<std::size_t>(
      max_length == 0 ? kMost : std::clamp<std::int64_t>(longest, 4096, kMost));
  return options;
}

void check_example_line(Line& line, const std::string& name, InvalidUtf8 invalid_utf8,
                        Example& example) {
  if (line.invalid_byte != Line::kValid) {
    if (invalid_utf8 == InvalidUtf8::error) {
      throw UserError(SourceSpot{name, line.number},
                      str("byte ", line.invalid_byte + 1, ": invalid UTF-8"),
                      "convert the file to UTF-8, or set data.invalid_utf8: replace or skip");
    }
    if (invalid_utf8 == InvalidUtf8::skip) example.verdict = Verdict::invalid_utf8;
    if (invalid_utf8 == InvalidUtf8::replace) line.text = replace_invalid_utf8(line.text);
  }
  // What cannot be encoded in bounded time is not a sentence, whatever data.max_length allows.
  const bool is_too_long = line.was_cut || cut_for_encoding(line.text).size() < line.text.size();
  if (is_too_long && example.verdict == Verdict::kept) example.verdict = Verdict::too_long;
}

}  // namespace regard
