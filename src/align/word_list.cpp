#include "regard/align/word_list.h"

#include <algorithm>
#include <limits>

#include "regard/core/error.h"
#include "regard/core/utf8.h"
#include "regard/metrics/unicode.h"

namespace regard {
namespace {

bool is_letter_or_digit(char32_t c) {
  return !is_punctuation(c) && !is_symbol(c);
}

}  // namespace

std::string folded_word(std::string_view word) {
  const std::u32string lower = to_lower(to_utf32(word));
  if (!std::any_of(lower.begin(), lower.end(), is_letter_or_digit)) return to_utf8(lower);
  std::u32string_view rest = lower;
  while (is_punctuation(rest.front()))
    rest.remove_prefix(1);
  while (is_punctuation(rest.back()))
    rest.remove_suffix(1);
  return to_utf8(rest);
}

std::int32_t WordList::add(std::string_view word) {
  const auto found = numbers_.find(word);
  if (found != numbers_.end()) return found->second;
  if (num_words() == std::numeric_limits<std::int32_t>::max())
    throw UserError("the text has more different words than can be aligned", "align parts of it");
  const std::int32_t form = add_form(word);
  words_.emplace_back(word);
  forms_.push_back(form);
  numbers_.emplace(words_.back(), num_words() - 1);
  return num_words() - 1;
}

std::int32_t WordList::add_form(std::string_view word) {
  if (form_ == WordForm::exact) return num_forms_++;
  const auto [place, is_new] = form_numbers_.try_emplace(folded_word(word), num_forms_);
  if (is_new) ++num_forms_;
  return place->second;
}

}  // namespace regard
