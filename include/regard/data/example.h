#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/error.h"

namespace regard {

struct CorpusFiles;

/// What becomes of an example.
enum class Verdict { kept, blank, too_long, uneven, invalid_utf8 };

/// Two lists of numbers that an example takes along: the words that are linked, the places of words
/// and their labels.
struct ExampleNotes {
  std::vector<std::int32_t> first;
  std::vector<std::int32_t> second;
};

/// One example between file and corpus.
struct Example {
  std::vector<std::string> texts;   ///< as the file has them: one, or two that belong together
  std::vector<std::string> labels;  ///< what the answer should be, as the file has it
  std::vector<std::int32_t> marks;  ///< of single words, where the task has such: 1 = marked
  ExampleNotes links;               ///< of the words of two texts, without a tag
  SourceSpot place;                 ///< where the example begins
  Verdict verdict = Verdict::kept;  ///< known while reading, or after encoding

  // What encoding makes of it.
  std::vector<std::int32_t> source;  ///< subwords, without marks
  std::vector<std::int32_t> target;  ///< of the other text; empty where there is none
  ExampleNotes notes;
};

/// Reads the examples of a corpus, one after the other.
class ExampleReader {
 public:
  virtual ~ExampleReader() = default;
  /// False at the end. Throws UserError with the place of what is wrong.
  virtual bool next(Example& example) = 0;
};

/// A kind of corpus: how its files are read, and how its examples become numbers.
class ExampleFormat {
 public:
  virtual ~ExampleFormat() = default;
  virtual std::unique_ptr<ExampleReader> read(const CorpusFiles& files) const = 0;
  /// What fills in source, target and notes of an example of these files that is kept so far, or
  /// the verdict against it. Safe from several threads; the format outlives it.
  virtual std::function<void(Example&)> encoder(const CorpusFiles& files) const = 0;
  /// What the numbers depend on besides the files, for the cache.
  virtual std::vector<std::uint64_t> fingerprints() const = 0;
  /// Whether examples take notes along.
  virtual bool has_notes(const std::vector<CorpusFiles>& files) const = 0;
  /// The unknown pieces of source and target; -1 = none is counted.
  virtual std::pair<std::int32_t, std::int32_t> unknown_ids() const = 0;
};

}  // namespace regard
