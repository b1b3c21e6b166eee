#pragma once

#include <string>
#include <vector>

#include "tasks/example_columns.h"

namespace regard {

/// Of a file of texts.
inline std::vector<std::string> classify_columns(const std::vector<std::string>& given) {
  return columns_or(given, {"label", "text"});
}

}  // namespace regard
