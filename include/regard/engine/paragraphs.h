#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "regard/text/sentences.h"

namespace regard {

/// Lines as sentences, and back with exactly their white space.
class Paragraphs {
 public:
  /// `lines` outlive it.
  explicit Paragraphs(std::span<const std::string> lines);
  /// Of all lines, in order; none of a blank line.
  const std::vector<std::string>& sentences() const { return sentences_; }
  /// Which line a sentence is of.
  std::size_t line_of(std::size_t sentence) const { return lines_of_[sentence]; }
  /// The lines, each sentence replaced by the one at its place in `translations`, which are as
  /// many. Throws std::invalid_argument.
  std::vector<std::string> joined(const std::vector<std::string>& translations) const;

 private:
  std::span<const std::string> lines_;
  std::vector<ByteRange> ranges_;  // of the sentences, in their lines
  std::vector<std::string> sentences_;
  std::vector<std::size_t> lines_of_;
};

}  // namespace regard
