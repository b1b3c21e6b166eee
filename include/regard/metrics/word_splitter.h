#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace regard {

/// Cuts lines into the words of BLEU by what the metrics alone do not have: a dictionary, or
/// subwords. Several threads may use one at the same time.
class WordSplitter {
 public:
  virtual ~WordSplitter() = default;

  /// Its name in a signature, after "tok:".
  virtual std::string signature() const = 0;
  /// The line, which is UTF-8, with white space between its words.
  virtual std::string split(std::string_view line) const = 0;
};

using SharedSplitter = std::shared_ptr<const WordSplitter>;

}  // namespace regard
