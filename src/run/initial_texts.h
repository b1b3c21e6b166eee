#pragma once

#include <filesystem>

#include "regard/core/logger.h"
#include "regard/run/initial_run.h"

namespace regard {

/// Takes the given texts into `run` and counts them.
void take_given_validation(const InitialRunOptions& options, InitialRun& run, Logger& logger);

/// Writes the corpus as training and validation text into `folder`, and takes both into `run`.
/// Throws UserError where it is too small for that.
void cut_validation(const InitialRunOptions& options, const std::filesystem::path& folder,
                    InitialRun& run, Logger& logger);

}  // namespace regard
