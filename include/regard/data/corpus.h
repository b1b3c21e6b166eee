#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regard/core/stop_flag.h"
#include "regard/data/batch_planner.h"
#include "regard/data/data_options.h"
#include "regard/data/example.h"
#include "regard/tensor/batch.h"
#include "regard/text/tokenizer.h"

namespace regard {

/// Two files whose lines belong together, and the links of their words where there are any; or one
/// file of examples.
struct CorpusFiles {
  std::filesystem::path source;  ///< or the one file
  std::filesystem::path target;  ///< empty = there is one
  double weight = 1.0;           ///< see TrainCorpusOptions; a corpus of weight 0 is not read
  std::string tag;               ///< put before each source line with a space; empty = nothing
  std::filesystem::path alignments = {};  ///< see TrainCorpusOptions; empty = none
};

struct CorpusLoading {
  std::int64_t max_length = 0;  ///< subwords of a side, end mark not counted; 0 = no limit
  double max_ratio = 0.0;       ///< of the lengths with end marks; 0 = no limit
  InvalidUtf8 invalid_utf8 = InvalidUtf8::error;  ///< `keep` gives the unknown piece
  bool keep_text = false;                         ///< keep the lines too, for subword sampling
  /// Where the tokenized corpus is kept, memory-mapped, for this run and the next; empty = in
  /// memory.
  std::filesystem::path cache_folder;
  /// Start of the names of the cache files; others of that start are removed.
  std::string cache_name = "train";
  int threads = 0;                 ///< that tokenize; 0 = those of choose_threads(), 8 at most
  const StopFlag* stop = nullptr;  ///< ends the reading with a RunError; may be null
  std::function<void(std::int64_t pairs_read)> on_progress;  ///< called now and then; may be empty
};

/// The files and filters that a configuration asks for.
std::vector<CorpusFiles> training_files(const DataOptions& options);
CorpusLoading training_loading(const DataOptions& options);

/// What became of the pairs of a corpus.
struct CorpusCounts {
  std::int64_t pairs_read = 0;
  std::int64_t kept = 0;
  std::int64_t blank = 0;          ///< dropped: no subword on one side at least
  std::int64_t too_long = 0;       ///< dropped: over max_length
  std::int64_t uneven = 0;         ///< dropped: over max_ratio
  std::int64_t invalid_utf8 = 0;   ///< dropped: InvalidUtf8::skip
  std::int64_t source_tokens = 0;  ///< of the kept pairs, end marks not counted
  std::int64_t target_tokens = 0;
  std::int64_t source_unknown = 0;  ///< unknown pieces among them
  std::int64_t target_unknown = 0;

  CorpusCounts& operator+=(const CorpusCounts& other);
  bool operator==(const CorpusCounts&) const = default;
};

/// "29,000 of 29,003 pairs kept (2 blank, 1 too long); 412,000 source subwords (0.02 % unknown),
/// …".
std::string to_string(const CorpusCounts& counts);

struct CorpusReport {
  std::vector<CorpusCounts> corpora;  ///< in the order of the files, without those of weight 0
  CorpusCounts total;
  bool is_from_cache = false;
  double seconds = 0.0;
};

/// A tokenized parallel corpus. Immutable and cheap to copy.
class Corpus {
 public:
  /// Reads, tokenizes and filters the files one after the other, or opens the cache that an earlier
  /// call with the same files, vocabularies and filters left. A damaged cache is made again. Throws
  /// UserError: a file is missing or not regular, line counts differ, invalid UTF-8, nothing left.
  static Corpus load(const std::vector<CorpusFiles>& files, const Tokenizer& source,
                     const Tokenizer& target, const CorpusLoading& loading);
  /// The same of files in another format.
  static Corpus load(const std::vector<CorpusFiles>& files, const ExampleFormat& format,
                     const CorpusLoading& loading);

  /// Number of pairs.
  std::int64_t size() const;
  /// Subwords of a pair, without end marks.
  std::span<const std::int32_t> source(std::int64_t pair) const;
  std::span<const std::int32_t> target(std::int64_t pair) const;
  /// The lines of a pair (the source with its tag). Only with CorpusLoading::keep_text.
  std::string_view source_text(std::int64_t pair) const;
  std::string_view target_text(std::int64_t pair) const;
  bool has_text() const;
  /// What belongs together in a pair: subwords, or words where the corpus keeps its text. Nothing
  /// in a corpus without links.
  PairLinks links(std::int64_t pair) const;
  /// Whether any of the files came with links.
  bool has_links() const;
  /// What an example takes along besides its subwords, two lists; of a pair, its links.
  PairLinks notes(std::int64_t example) const { return links(example); }

  /// Of every pair.
  std::span<const PairLengths> lengths() const;
  /// The pairs of each corpus and its weight, for plan_epoch().
  const std::vector<WeightedRange>& ranges() const;
  /// Which corpus a pair is from: an index of ranges().
  std::int64_t corpus_of(std::int64_t pair) const;
  const CorpusReport& report() const;

 private:
  struct Impl;
  explicit Corpus(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace regard
