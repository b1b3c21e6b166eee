#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "regard/data/corpus.h"
#include "regard/run/word_alignment.h"

#include "run/scratch_folder.h"

namespace regard {

/// Makes the links of the corpora that ask for them (alignments: auto), each from its own text, as
/// regard align does, and names their files instead. They are kept in a run's cache, where the next
/// start finds them, and made again when a text has changed.
class OwnLinks {
 public:
  /// `cache`: the folder; empty = a temporary one, which goes with this.
  OwnLinks(std::filesystem::path cache, int threads, const AlignmentWatch& watch);

  /// Throws RunError when it was asked to stop, UserError naming what is wrong with a text.
  void add_to(std::vector<CorpusFiles>& files);

 private:
  void make(const CorpusFiles& corpus, const std::filesystem::path& links) const;
  void remove_others(const std::vector<CorpusFiles>& files) const;

  std::filesystem::path folder_;
  std::optional<ScratchFolder> scratch_;
  int threads_;
  AlignmentWatch watch_;
};

}  // namespace regard
