#include "regard/run/profile_report.h"

#include "regard/core/memory.h"
#include "regard/core/strings.h"

namespace regard {

namespace fs = std::filesystem;

fs::path profile_path(const std::string& output) {
  std::error_code none;
  if (output.empty() || output == "-" || !fs::is_regular_file(output, none))
    return "regard.profile.json";
  return output + ".profile.json";
}

void report_profile(const Profile& profile, const fs::path& path, Logger& logger) {
  logger.info(profile.table() + str("memory at most: ", peak_resident_bytes() / 1048576, " MiB"));
  if (path.empty()) return;
  profile.write_trace(path);
  logger.info(str("trace   ", path.string(), " (open it in ui.perfetto.dev or chrome://tracing)"));
}

}  // namespace regard
