#include "regard/text/language_codes.h"

#include <algorithm>

namespace regard {

std::size_t language_code_length(std::string_view text) {
  if (!text.starts_with(">>")) return 0;
  const std::size_t end = text.find("<<");
  return end == std::string_view::npos ? 0 : end + 2;
}

std::vector<std::string> language_codes(const Tokenizer& tokenizer) {
  std::vector<std::string> codes;
  for (std::int32_t id = 0; id < tokenizer.size(); ++id) {
    if (is_language_code(tokenizer.piece(id))) codes.push_back(tokenizer.piece(id));
  }
  std::sort(codes.begin(), codes.end());
  return codes;
}

std::string unknown_language_code(const Tokenizer& tokenizer, std::string_view text) {
  const std::string_view code = text.substr(0, language_code_length(text));
  if (code.empty() || tokenizer.id_of(code) != tokenizer.special_ids().unknown) return "";
  const bool is_text = tokenizer.table() == nullptr &&
                       (!is_language_code(code) || language_codes(tokenizer).empty());
  return is_text ? "" : std::string(code);
}

}  // namespace regard
