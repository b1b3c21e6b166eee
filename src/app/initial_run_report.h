#pragma once

#include "regard/core/logger.h"
#include "regard/run/initial_run.h"

namespace regard {

/// Says what was written and why, what looks wrong with the texts, and how to go on.
void report_initial_run(const InitialRun& run, Logger& logger);

}  // namespace regard
