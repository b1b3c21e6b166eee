#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/data/corpus.h"
#include "regard/metrics/alignment_error.h"
#include "regard/text/line_reader.h"

#include "data/link_lists.h"
#include "data/pair_store.h"

namespace regard {

/// Where pairs go. The last two may be null: lines or links are not kept.
struct PairStoreWriters {
  PairStoreWriter& tokens;
  PairStoreWriter* text = nullptr;
  PairStoreWriter* links = nullptr;
};

/// Reads, tokenizes and filters parallel files into stores.
class CorpusBuilder {
 public:
  /// Everything must outlive the builder.
  CorpusBuilder(const Tokenizer& source, const Tokenizer& target, const CorpusLoading& loading);

  /// Adds the pairs of one corpus. Throws UserError (line counts, UTF-8, links that do not fit),
  /// RunError when asked to stop.
  CorpusCounts add(const CorpusFiles& files, const PairStoreWriters& writers);

 private:
  enum class Verdict { kept, blank, too_long, uneven, invalid_utf8 };
  struct Pair {
    std::string source_line;
    std::string target_line;
    Verdict verdict = Verdict::kept;  ///< known while reading, or after encode()
    std::vector<std::int32_t> source;
    std::vector<std::int32_t> target;
    Links links;              ///< of words, the tag not counted
    LinkLists subword_links;  ///< what Corpus::links() gives
  };
  /// The files of a corpus, side by side.
  struct Readers {
    LineReader source;
    LineReader target;
    std::optional<LineReader> links;
  };

  bool read_pair(Readers& readers, Pair& pair);
  void read_links(LineReader& links, const LineReader& source, Pair& pair) const;
  void check_line(Line& line, const std::string& name, Pair& pair) const;
  void encode_chunk(std::vector<Pair>& chunk, const std::string& tag) const;
  void encode(Pair& pair, const std::string& tag, std::size_t tag_length) const;
  LinkLists links_of(const Pair& pair, const std::string& tag) const;
  void store(const std::vector<Pair>& chunk, const PairStoreWriters& writers);
  void count_tokens(const Pair& pair);
  void report_progress();

  const Tokenizer& source_;
  const Tokenizer& target_;
  const CorpusLoading& loading_;
  std::size_t threads_;
  CorpusCounts counts_;            ///< of the corpus that is being read
  std::int64_t pairs_before_ = 0;  ///< pairs read of the corpora before it
};

}  // namespace regard
