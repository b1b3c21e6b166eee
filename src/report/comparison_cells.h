#pragma once

#include <string>
#include <vector>

#include "regard/report/comparison_table.h"

namespace regard {

/// The comparison as text, before it is laid out.
struct ComparisonCells {
  std::vector<std::string> titles;
  std::vector<std::vector<std::string>> rows;  ///< as many cells as titles; the first is the name
  std::vector<std::string> notes;              ///< lines below the table
};

/// Columns that no run has a number for are left out.
ComparisonCells comparison_cells(const Comparison& comparison);

/// "31.20 ± 0.40", "failed" or "–", and what is to be said of runs that are not done.
std::string quality_cell(const ComparedConfig& config);

/// The name as messages have it.
std::string shown_name(const ComparedConfig& config);

/// Whether the best row is better than chance explains, in a sentence; empty where there is nothing
/// to compare.
std::string verdict_note(const Comparison& comparison);

/// "100,000 target tokens".
std::string budget_text(const Comparison& comparison);

}  // namespace regard
