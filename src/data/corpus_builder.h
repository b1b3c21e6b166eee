#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/data/corpus.h"
#include "regard/text/line_reader.h"

#include "data/pair_store.h"

namespace regard {

/// Reads, tokenises and filters parallel files into stores.
class CorpusBuilder {
 public:
  /// `text` may be null: the lines are not kept. Everything must outlive the builder.
  CorpusBuilder(const Tokenizer& source, const Tokenizer& target, const CorpusLoading& loading);

  /// Adds the pairs of one corpus. Throws UserError (line counts, UTF-8), RunError when asked to
  /// stop.
  CorpusCounts add(const CorpusFiles& files, PairStoreWriter& tokens, PairStoreWriter* text);

 private:
  enum class Verdict { kept, blank, too_long, uneven, invalid_utf8 };
  struct Pair {
    std::string source_line;
    std::string target_line;
    Verdict verdict = Verdict::kept;  ///< known while reading, or after encode()
    std::vector<std::int32_t> source;
    std::vector<std::int32_t> target;
  };

  bool read_pair(LineReader& source, LineReader& target, Pair& pair);
  void check_line(Line& line, const std::string& name, Pair& pair) const;
  void encode_chunk(std::vector<Pair>& chunk, const std::string& tag) const;
  void encode(Pair& pair, const std::string& tag, std::size_t tag_length) const;
  void store(const std::vector<Pair>& chunk, PairStoreWriter& tokens, PairStoreWriter* text);
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
