#pragma once

#include <string>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/report/comparison_table.h"

#include "comparison_plan.h"

namespace regard {

/// A run and its score, with the metric's signature.
struct RunOutcome {
  ComparedRun run;
  std::string signature;
  bool was_done_before = false;
};

/// Trains, evaluates and aligns in processes of their own, as far as that has not been done by an
/// earlier call. A failing process is told to `logger` and makes the run a failed one. When `stop`
/// is set, the run stays pending. `title` stands before what is shown of the run.
RunOutcome perform(const ComparisonPlan& plan, const PlannedRun& run, const std::string& title,
                   Logger& logger, StopFlag& stop);

}  // namespace regard
