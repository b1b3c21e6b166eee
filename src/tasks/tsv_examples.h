#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "regard/tasks/task.h"

namespace regard {

/// What the columns of a file hold.
struct TsvColumns {
  std::vector<std::string> names;  ///< from left to right: texts, "label" or "score", "-"
  std::vector<std::string> texts;  ///< names of those that are texts, in the order of the example
  bool has_header = false;
};

/// Reads the examples of a file of columns with tabs between, one a line. Throws UserError for a
/// line with another number of columns, and, where labels are needed, for an empty label and a
/// score that is no number.
std::unique_ptr<ExampleReader> read_tsv(const std::filesystem::path& file,
                                        const TsvColumns& columns, const ExampleReading& reading);

}  // namespace regard
