#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace regard {

/// What words an aligner takes for one and the same.
enum class WordForm {
  exact,   ///< the word as it stands there
  folded,  ///< without upper case, and without the punctuation around it: „Haus, = haus
};

/// The word in lower case and without the punctuation at its ends. A word in which nothing else
/// stands (",", "▁.") keeps it.
std::string folded_word(std::string_view word);

/// The words of one side of a text, numbered from 0 in the order of their first occurrence, and
/// their forms, numbered in the same way.
class WordList {
 public:
  explicit WordList(WordForm form) : form_(form) {}

  /// The number of a word, which is added when it is new. Throws UserError at 2^31 - 1 words.
  std::int32_t add(std::string_view word);

  std::int32_t num_words() const { return static_cast<std::int32_t>(words_.size()); }
  std::int32_t num_forms() const { return num_forms_; }
  const std::string& word(std::int32_t number) const { return words_[number]; }
  std::int32_t form_of(std::int32_t number) const { return forms_[number]; }

 private:
  std::int32_t add_form(std::string_view word);

  WordForm form_;
  std::deque<std::string> words_;  // a deque never moves what the map's keys point at
  std::unordered_map<std::string_view, std::int32_t> numbers_;
  std::vector<std::int32_t> forms_;
  std::unordered_map<std::string, std::int32_t> form_numbers_;
  std::int32_t num_forms_ = 0;
};

}  // namespace regard
