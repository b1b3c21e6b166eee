#pragma once

#include <string>
#include <vector>

#include "tasks/example_columns.h"

namespace regard {

/// Of a file of pairs of texts.
inline std::vector<std::string> pair_columns(const std::vector<std::string>& given) {
  return columns_or(given, {"label", "first", "second"});
}

}  // namespace regard
