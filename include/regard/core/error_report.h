#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "regard/core/error.h"

namespace regard {

/// How errors are shown.
struct ErrorReportStyle {
  std::size_t max_problems = 10;  ///< then a last line counts the others
  /// Below each problem that has a line and a column, the line of the file with a caret under the
  /// column.
  bool shows_source = false;
  bool has_colour = false;  ///< ANSI colours
};

/// The lines to print for an error, "error: " before each problem. Without sources and colours each
/// problem is one line, and error_lines() is the same for ten problems.
std::vector<std::string> report_lines(const Error& error, const ErrorReportStyle& style);

}  // namespace regard
