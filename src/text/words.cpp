#include "regard/text/words.h"

#include <algorithm>
#include <string_view>

namespace regard {
namespace {

constexpr std::string_view kSpace = "\xe2\x96\x81";  // U+2581, SentencePiece's sign for a space

/// Whether a text begins with a language code, which SentencePiece does not see.
bool begins_with_code(const Tokenizer& tokenizer, std::span<const std::int32_t> ids) {
  return tokenizer.table() != nullptr && !ids.empty() &&
         is_language_code(tokenizer.piece(ids.front()));
}

}  // namespace

std::vector<std::int64_t> words_of(const Tokenizer& tokenizer, std::span<const std::int32_t> ids) {
  std::vector<std::int64_t> words;
  words.reserve(ids.size());
  std::int64_t word = 0;
  bool has_text = false;  // of the present word
  if (begins_with_code(tokenizer, ids)) {
    words.push_back(word++);
    ids = ids.subspan(1);
  }
  for (const std::int32_t id : ids) {
    std::string_view piece = tokenizer.piece(id);
    const auto take_spaces = [&] {
      while (piece.starts_with(kSpace)) {
        if (has_text) ++word;
        has_text = false;
        piece.remove_prefix(kSpace.size());
      }
    };
    take_spaces();
    words.push_back(word);
    while (!piece.empty()) {
      const std::size_t space = piece.find(kSpace);
      has_text = has_text || space != 0;
      if (space == std::string_view::npos) break;
      piece.remove_prefix(space);
      take_spaces();
    }
  }
  // Spaces at the end are no word of the text.
  if (!has_text && word > 0) std::replace(words.begin(), words.end(), word, word - 1);
  return words;
}

}  // namespace regard
