#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <unordered_map>
#include <vector>

#include "regard/align/word_list.h"
#include "regard/metrics/alignment_error.h"

namespace regard {

/// Translation probabilities of words by the relative frequencies of their links. Memory: about 40
/// bytes for each pair of words that is linked anywhere.
class Lexicon {
 public:
  /// A word and its probability.
  struct Entry {
    std::int32_t word = 0;
    double probability = 0;  ///< above 0, at most 1
  };
  /// For each word of one side, by its number, words of the other side: the most probable ones
  /// first, equally probable ones in the order of their numbers.
  using Table = std::vector<std::vector<Entry>>;

  /// Counts the links of a sentence pair, given as numbers of words.
  void add(std::span<const std::int32_t> source, std::span<const std::int32_t> target,
           const Links& links);

  /// p(target | source) = count(source, target) / count(source) for each of `num_source_words`; of
  /// each source word at most `max_entries` are kept (0 = all), whose probabilities stay as they
  /// are.
  Table target_given_source(std::int32_t num_source_words, std::int64_t max_entries) const;
  Table source_given_target(std::int32_t num_target_words, std::int64_t max_entries) const;

 private:
  std::unordered_map<std::uint64_t, std::int64_t> counts_;  ///< source << 32 | target
};

/// Writes a table in the format of Moses and Marian (lex.s2t), a line "WORD GIVEN PROBABILITY" for
/// each entry, with seven digits; the file appears complete or not at all. `given` are the words
/// that the table has a row for, `words` those in its rows.
void write_lexicon(const std::filesystem::path& path, const Lexicon::Table& table,
                   const WordList& given, const WordList& words);

}  // namespace regard
