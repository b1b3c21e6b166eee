#include "regard/align/lexicon.h"

#include <algorithm>

#include "regard/core/files.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr unsigned kShift = 32;

std::int32_t source_of(std::uint64_t pair) {
  return static_cast<std::int32_t>(pair >> kShift);
}

std::int32_t target_of(std::uint64_t pair) {
  return static_cast<std::int32_t>(pair & 0xffffffffU);
}

/// Turns the counts of each row into probabilities, the highest first.
void finish_rows(Lexicon::Table& table, std::int64_t max_entries) {
  for (std::vector<Lexicon::Entry>& row : table) {
    double sum = 0;  // of whole numbers, so that their order does not matter
    for (const Lexicon::Entry& entry : row)
      sum += entry.probability;
    std::sort(row.begin(), row.end(), [](const Lexicon::Entry& a, const Lexicon::Entry& b) {
      return a.probability != b.probability ? a.probability > b.probability : a.word < b.word;
    });
    if (max_entries > 0 && std::ssize(row) > max_entries) row.resize(max_entries);
    for (Lexicon::Entry& entry : row)
      entry.probability /= sum;
  }
}

}  // namespace

void Lexicon::add(std::span<const std::int32_t> source, std::span<const std::int32_t> target,
                  const Links& links) {
  for (const auto& [i, j] : links) {
    const auto from = static_cast<std::uint64_t>(source[i]);
    ++counts_[from << kShift | static_cast<std::uint64_t>(target[j])];
  }
}

Lexicon::Table Lexicon::target_given_source(std::int32_t num_source_words,
                                            std::int64_t max_entries) const {
  Table table(num_source_words);
  for (const auto& [pair, count] : counts_)
    table[source_of(pair)].push_back({target_of(pair), static_cast<double>(count)});
  finish_rows(table, max_entries);
  return table;
}

Lexicon::Table Lexicon::source_given_target(std::int32_t num_target_words,
                                            std::int64_t max_entries) const {
  Table table(num_target_words);
  for (const auto& [pair, count] : counts_)
    table[target_of(pair)].push_back({source_of(pair), static_cast<double>(count)});
  finish_rows(table, max_entries);
  return table;
}

void write_lexicon(const std::filesystem::path& path, const Lexicon::Table& table,
                   const WordList& given, const WordList& words) {
  constexpr int kDigits = 7;
  AtomicFile file(path);
  for (std::size_t row = 0; row < table.size(); ++row) {
    for (const Lexicon::Entry& entry : table[row]) {
      file.write(str(words.word(entry.word), " ", given.word(static_cast<std::int32_t>(row)), " ",
                     format_fixed(entry.probability, kDigits), "\n"));
    }
  }
  file.commit();
}

}  // namespace regard
