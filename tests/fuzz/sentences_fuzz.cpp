#include "regard/text/text_parts.h"
#include "regard/text/words.h"

#include "fuzz/fuzz_support.h"

// The parts of a text: in order, not empty, nothing lost between them.

namespace regard::fuzz {
namespace {

void split(std::string_view text, SplitRule rule) {
  const std::vector<ByteRange> parts = part_ranges(text, rule);
  std::vector<std::string_view> texts;
  std::size_t at = 0;
  for (const ByteRange& part : parts) {
    require(part.begin >= at && part.end > part.begin && part.end <= text.size(), "a bad range");
    require(count_words(text.substr(at, part.begin - at)) == 0, "text between two parts");
    texts.push_back(text.substr(part.begin, part.end - part.begin));
    at = part.end;
  }
  require(count_words(text.substr(at)) == 0, "text behind the last part");
  const std::string joined = replace_parts(text, parts, texts);
  require(joined.size() >= text.size() && joined.size() <= text.size() + parts.size(),
          "the text does not come back");
  if (rule == SplitRule::lines) require(joined == text, "lines do not come back");
  if (is_valid_utf8(text)) {
    for (const std::string_view part : texts)
      require(is_valid_utf8(part), "a character was split");
  }
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  const std::string_view text = fuzz::as_text(data, size);
  fuzz::split(text, regard::SplitRule::sentences);
  fuzz::split(text, regard::SplitRule::lines);
  return 0;
}
