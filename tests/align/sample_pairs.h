#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "regard/align/parallel_text.h"

namespace regard::test {

inline ParallelText pairs_of(const std::string& source, const std::string& target,
                             const ParallelTextOptions& options = {}) {
  std::istringstream from(source);
  std::istringstream to(target);
  LineReader source_reader(from, "a.de");
  LineReader target_reader(to, "a.en");
  return read_parallel_text(source_reader, target_reader, options);
}

/// The three pairs by which textbooks explain IBM model 1.
inline ParallelText house_and_book() {
  return pairs_of("das Haus\ndas Buch\nein Buch\n", "the house\nthe book\na book\n");
}

/// 500 pairs of the quickstart corpus.
inline ParallelText quickstart_pairs(const ParallelTextOptions& options = {}) {
  LineReader source("data/quickstart/valid.de");
  LineReader target("data/quickstart/valid.en");
  return read_parallel_text(source, target, options);
}

}  // namespace regard::test
