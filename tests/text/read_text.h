#pragma once

#include <memory>
#include <sstream>
#include <string>

#include "regard/core/error.h"
#include "regard/text/line_reader.h"

namespace regard::test {

/// A LineReader over a text, which it keeps.
class TextLines {
 public:
  explicit TextLines(const std::string& text)
      : stream_(std::make_unique<std::istringstream>(text)) {}
  LineReader reader(const std::string& name = "FILE", const LineReaderOptions& options = {}) const {
    return LineReader(*stream_, name, options);
  }

 private:
  std::unique_ptr<std::istringstream> stream_;
};

/// What a call says is wrong, or "no error".
template <class Call>
std::string user_error_of(Call call) {
  try {
    call();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace regard::test
