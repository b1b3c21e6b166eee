#pragma once

#include <filesystem>
#include <string>

#include "regard/core/logger.h"
#include "regard/core/profile.h"

namespace regard {

/// Where the trace of a command goes whose output is `output`: next to it where that is a file of
/// its own, else regard.profile.json in the current folder.
std::filesystem::path profile_path(const std::string& output);

/// Logs the table and the peak of the memory, and writes the trace to `path`; not where that is
/// empty. Throws RunError.
void report_profile(const Profile& profile, const std::filesystem::path& path, Logger& logger);

}  // namespace regard
