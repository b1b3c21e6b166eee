#pragma once

#include <cstdint>
#include <vector>

#include "regard/data/corpus.h"
#include "regard/data/example.h"

#include "data/pair_store.h"

namespace regard {

/// Where examples go. The last two may be null: texts or notes are not kept.
struct PairStoreWriters {
  PairStoreWriter& tokens;
  PairStoreWriter* text = nullptr;
  PairStoreWriter* notes = nullptr;
};

/// Reads, encodes and filters the examples of files into stores.
class CorpusBuilder {
 public:
  /// Everything must outlive the builder.
  CorpusBuilder(const ExampleFormat& format, const CorpusLoading& loading);

  /// Adds the examples of one corpus. Throws UserError as the format's reader does, RunError when
  /// asked to stop.
  CorpusCounts add(const CorpusFiles& files, const PairStoreWriters& writers);

 private:
  void encode_chunk(std::vector<Example>& chunk, const CorpusFiles& files) const;
  void store(const std::vector<Example>& chunk, const PairStoreWriters& writers);
  void count_tokens(const Example& example);
  void report_progress();

  const ExampleFormat& format_;
  const CorpusLoading& loading_;
  std::size_t threads_;
  CorpusCounts counts_;            ///< of the corpus that is being read
  std::int64_t pairs_before_ = 0;  ///< pairs read of the corpora before it
};

}  // namespace regard
