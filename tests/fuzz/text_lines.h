#pragma once

#include <sstream>
#include <string>
#include <string_view>

#include "regard/text/line_reader.h"

namespace regard::fuzz {

/// A LineReader over the input of a target, which keeps it.
class InputLines {
 public:
  explicit InputLines(std::string_view text) : stream_(std::string(text)) {}
  LineReader reader(const LineReaderOptions& options = {}) {
    return LineReader(stream_, "fuzz.txt", options);
  }

 private:
  std::istringstream stream_;
};

}  // namespace regard::fuzz
