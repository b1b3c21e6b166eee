#pragma once

#include <string>
#include <vector>

#include "tasks/example_columns.h"

namespace regard {

/// Of a file of words with a tag each.
inline std::vector<std::string> tag_columns(const std::vector<std::string>& given) {
  return columns_or(given, {"word", "tag"});
}

}  // namespace regard
