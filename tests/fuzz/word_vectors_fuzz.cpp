#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "regard/text/word_vectors.h"

#include "fuzz/fuzz_support.h"
#include "fuzz/text_lines.h"

// Word vectors of any bytes. The first byte of the input is the wanted width, 0 = any.

namespace regard::fuzz {
namespace {

void read_vectors(std::int64_t width, std::string_view text) {
  static const std::vector<std::string> kVocabulary = {"the", "a", ". .", "1", "", "ä"};
  InputLines lines(text);
  const WordVectors vectors =
      read_word_vectors(lines.reader(word_vector_lines()), kVocabulary, width);
  require(vectors.width > 0 && (width == 0 || vectors.width == width), "another width");
  require(vectors.values.size() == kVocabulary.size() * static_cast<std::size_t>(vectors.width),
          "another size");
  require(std::count(vectors.is_found.begin(), vectors.is_found.end(), true) == vectors.num_found,
          "another number of words");
  require(vectors.num_found + vectors.num_repeated <= vectors.num_lines, "more words than lines");
  for (const float value : vectors.values)
    require(std::isfinite(value), "a number that is not finite");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = regard::fuzz::as_text(data, size);
  const std::int64_t width = regard::fuzz::take_byte(input);
  regard::fuzz::accepts([&] { regard::fuzz::read_vectors(width, input); });
  return 0;
}
