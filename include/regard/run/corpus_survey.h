#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "regard/core/error.h"

namespace regard {

/// Two files whose lines belong together.
struct TextPair {
  std::filesystem::path source;
  std::filesystem::path target;
};

/// What is wrong with a pair of files of that many lines: one is longer, or both are empty.
std::optional<Problem> length_problem(const TextPair& files, std::int64_t num_sources,
                                      std::int64_t num_targets);

/// A line of both files, bytes that are not UTF-8 replaced.
struct LinePair {
  std::string source;
  std::string target;
  std::int64_t number = 0;  ///< counted from 1
  bool is_repaired = false;
};

/// Calls `use` with every pair of lines. Throws UserError where a file cannot be read twice (a
/// pipe), or the two do not belong together; then some lines have been given already.
void for_each_pair(const TextPair& files, const std::function<void(const LinePair&)>& use);

/// What was counted in a corpus.
struct CorpusSurvey {
  std::int64_t pairs = 0;
  std::int64_t blank = 0;         ///< pairs with a side that holds nothing
  std::int64_t source_words = 0;  ///< what white space separates
  std::int64_t target_words = 0;
  std::int64_t source_characters = 0;  ///< white space not counted
  std::int64_t target_characters = 0;
  std::int64_t distinct_characters = 0;  ///< of both sides
  std::int64_t distinct_words = 0;       ///< of both sides; counted up to kWords
  std::int64_t repaired = 0;             ///< pairs with bytes that are not UTF-8
};

/// Counts, and remembers which sentences could be a validation text: a fixed choice by the text of
/// the source line alone, so that the order of the corpus does not matter. Takes a few MiB however
/// large the corpus is.
class CorpusSurveyor {
 public:
  /// Candidates that are remembered at most; more than held_out() ever takes.
  static constexpr std::size_t kCandidates = 8192;
  /// Distinct words that are counted at most.
  static constexpr std::size_t kWords = 65536;

  void add(const LinePair& pair);
  CorpusSurvey survey() const;

  /// The lines of a validation text of about `lines` pairs, those first whose source line comes
  /// once; with all lines of the same source not more than a quarter of the corpus.
  struct HeldOut {
    std::unordered_set<std::int64_t> lines;
    std::unordered_set<std::uint64_t> sources;  ///< key_of() them
  };
  HeldOut held_out(std::int64_t lines) const;

  /// What makes two source lines the same: their text without the space around it.
  static std::uint64_t key_of(std::string_view source);

 private:
  struct Candidate {
    std::int64_t line = 0;
    std::int64_t count = 0;
  };
  struct SideCount {
    std::int64_t words = 0;
    std::int64_t characters = 0;
  };
  SideCount count(std::string_view text);
  void remember(const LinePair& pair);

  CorpusSurvey counted_;
  std::unordered_set<std::uint64_t> words_;
  std::unordered_set<char32_t> characters_;
  std::map<std::uint64_t, Candidate> candidates_;  // by key; those with the lowest
};

/// How many pairs of a corpus make a good validation text: a twentieth, between 30 and 2,000, but
/// at most a fifth.
std::int64_t validation_lines(std::int64_t pairs);

}  // namespace regard
