#pragma once

#include <string>
#include <string_view>

#include "regard/core/strings.h"

namespace regard {

/// A line of an example in the log: "    source       a line".
inline std::string sample_row(std::string_view name, const std::string& line) {
  constexpr std::size_t kNames = 13;
  return str("    ", name, std::string(kNames - name.size(), ' '), line);
}

/// "tokens" of "target tokens".
inline std::string last_word(const std::string& text) {
  const std::size_t space = text.rfind(' ');
  return space == std::string::npos ? text : text.substr(space + 1);
}

}  // namespace regard
