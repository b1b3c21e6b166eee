#include "marian_hf_generation.h"

#include <algorithm>

#include "regard/core/strings.h"

namespace regard {

std::vector<std::int64_t> suppressed_ids(const JsonFields& generation, std::int64_t target_size,
                                         std::vector<std::string>& notes) {
  std::vector<std::int64_t> ids;
  const auto& words = generation.value("bad_words_ids");
  if (words.is_null()) return ids;
  if (!words.is_array()) generation.fail("bad_words_ids", "is no list");
  for (const auto& word : words) {
    const bool is_one = word.is_array() && word.size() == 1 && word[0].is_number_unsigned();
    if (!is_one) {
      notes.emplace_back("bad_words_ids: forbidden sequences of several subwords are left behind");
      continue;
    }
    const auto id = word[0].get<std::uint64_t>();
    if (id >= static_cast<std::uint64_t>(target_size))
      generation.fail("bad_words_ids", str(id, " is outside the vocabulary of ", target_size));
    ids.push_back(static_cast<std::int64_t>(id));
  }
  return ids;
}

SearchDefaults search_of(const JsonFields& generation, std::vector<std::string>& notes) {
  SearchDefaults search;
  search.beam_size = generation.integer("num_beams", 1, 256, 1);
  search.length_penalty = generation.number("length_penalty", 1.0, -10.0, 10.0);
  if (search.length_penalty < 0.0) {
    notes.emplace_back("length_penalty: a negative one is not known here; 0 is used");
    search.length_penalty = 0.0;
  }
  // There the start mark counts, and in the longest length the end mark.
  search.max_length =
      std::max<std::int64_t>(1, generation.integer("max_length", 1, 100000, 512) - 2);
  search.min_length = std::max<std::int64_t>(0, generation.integer("min_length", 0, 100000, 0) - 1);
  search.no_repeat_ngram = generation.integer("no_repeat_ngram_size", 0, 1000, 0);
  const auto& early = generation.value("early_stopping");
  search.end = early.is_boolean() && early.get<bool>() ? SearchEnd::finished
               : early.is_string()                     ? SearchEnd::exact
                                                       : SearchEnd::attainable;
  if (generation.number("repetition_penalty", 1.0, 0.0, 1e6) != 1.0)
    notes.emplace_back("repetition_penalty is left behind");
  if (generation.flag("do_sample", false)) notes.emplace_back("do_sample is left behind");
  return search;
}

}  // namespace regard
