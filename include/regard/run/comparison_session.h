#pragma once

#include <functional>
#include <optional>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/report/comparison_table.h"

#include "comparison_plan.h"

namespace regard {

/// Who watches a comparison. Everything outlives it.
struct ComparisonWatch {
  Logger& logger;
  StopFlag& stop;
  /// Told once the output folder is there and locked: from here on a request to stop makes the run
  /// that is under way save itself.
  std::function<void()> on_start = {};
};

struct ComparisonResult {
  Comparison table;
  bool has_failed = false;  ///< at least one of the runs
};

/// Trains, evaluates and aligns all configurations with all seeds, as far as that has not been done
/// by an earlier call, and keeps comparison.md, .json and .svg in the output folder up to date.
/// Throws UserError with what is wrong before any training. Nothing when `watch.stop` ended it.
std::optional<ComparisonResult> compare_configurations(const CompareArguments& arguments,
                                                       const ComparisonWatch& watch);

}  // namespace regard
