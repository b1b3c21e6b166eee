#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "regard/align/aligner.h"
#include "regard/text/line_reader.h"
#include "regard/text/words.h"

#include "text_output.h"

namespace regard {

/// What links are written as.
enum class LinkUnit {
  word,  ///< Pharaoh format, 0-0 2-1: words, counted from 0
  byte,  ///< 0:3-0:4: where the words begin and end in their lines, in bytes, the end excluded
};

struct LinkFiles {
  std::string output;          ///< symmetrised; "" or "-" = standard output
  std::string forward_output;  ///< "" = not written
  std::string reverse_output;
  std::string source;  ///< the texts, which are read again for LinkUnit::byte
  std::string target;
  LinkUnit unit = LinkUnit::word;
};

/// Writes the links of one pair after another.
class LinkWriter {
 public:
  /// Throws UserError when an output is one of `inputs`.
  LinkWriter(const LinkFiles& files, const std::vector<std::filesystem::path>& inputs);

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
