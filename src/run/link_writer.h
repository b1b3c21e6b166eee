#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "regard/align/aligner.h"
#include "regard/run/text_output.h"
#include "regard/run/word_alignment.h"
#include "regard/text/line_reader.h"
#include "regard/text/words.h"

namespace regard {

/// Writes the links of one pair after another.
class LinkWriter {
 public:
  /// Throws UserError when an output is one of `inputs`.
  LinkWriter(const WordAlignmentOptions& options, const std::vector<std::filesystem::path>& inputs);

  void write(const Links& links, const DirectedLinks& directed);
  /// Makes the files appear.
  void commit();

 private:
  std::string line_of(const Links& links) const;

  TextOutput output_;
  std::optional<TextOutput> forward_;
  std::optional<TextOutput> reverse_;
  std::optional<LineReader> source_;
  std::optional<LineReader> target_;
  std::vector<ByteRange> source_words_;
  std::vector<ByteRange> target_words_;
};

}  // namespace regard
