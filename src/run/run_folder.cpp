#include "regard/run/run_folder.h"

#include "regard/config/fields.h"
#include "regard/core/error.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/run/suggested_command.h"
#include "regard/train/checkpoint.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

/// The outermost folder of a path that is not there; empty = all are.
fs::path first_missing(fs::path path) {
  fs::path missing;
  std::error_code none;
  for (; !path.empty() && !fs::exists(path, none); path = path.parent_path())
    missing = path;
  return missing;
}

/// Without "." and without a slash at the end, so that a name can be added to it.
fs::path folder_path(const std::string& text) {
  const fs::path path = fs::path(text).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

bool has_checkpoints(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder / run_layout::kCheckpoints, none)) {
    if (entry.path().filename().string().starts_with(run_layout::kUpdatePrefix)) return true;
  }
  return false;
}

/// Where a save puts folders there must be nothing else.
void check_checkpoints(const fs::path& run) {
  std::error_code none;
  const fs::path folder = run / run_layout::kCheckpoints;
  if (fs::exists(folder, none) && !fs::is_directory(folder, none))
    throw UserError(SourceSpot{folder.string()}, "is not a folder", "remove it");
}

/// "PATH.old", or "PATH.old-2" and so on where something of that name is.
fs::path free_name(const fs::path& path) {
  std::error_code none;
  fs::path name = path.string() + ".old";
  for (int i = 2; fs::exists(fs::symlink_status(name, none)); ++i)
    name = str(path.string(), ".old-", i);
  return name;
}

}  // namespace

RunFolder::RunFolder(const Config& config, ResumePolicy policy, bool overwrites, Logger& logger)
    : path_(folder_path(config.output)) {
  std::error_code none;
  if (fs::exists(path_, none) && !fs::is_directory(path_, none)) {
    throw UserError(str("output: ", path_.string(), " is not a directory"),
                    "choose another output");
  }
  is_resumed_ = fs::exists(path_ / run_layout::kConfig, none) || has_checkpoints(path_);
  if (is_resumed_ && policy == ResumePolicy::never) {
    if (!overwrites) {
      throw UserError(
          str("output: ", path_.string(), " already contains a run"),
          "resume it (--resume auto), replace it (--overwrite), or choose another output");
    }
    FolderLock held(path_);  // nobody may be training there
    aside_ = free_name(path_);
    std::error_code failed;
    fs::rename(path_, aside_, failed);
    if (failed)
      throw RunError(SourceSpot{path_.string()}, "cannot be renamed: " + failed.message());
    is_resumed_ = false;
    fs::remove(aside_ / run_layout::kLock, none);  // it moved along with the folder
  }
  if (!is_resumed_ && policy == ResumePolicy::require) {
    throw UserError(str("output: ", path_.string(), " contains no run to resume"),
                    "check output, or use --resume auto");
  }
  if (is_resumed_ && !fs::exists(path_ / run_layout::kConfig, none)) {
    throw UserError(SourceSpot{(path_ / run_layout::kConfig).string()},
                    "is missing, so the run next to it cannot be resumed",
                    "restore it, or start from scratch with --resume never --overwrite");
  }
  if (is_resumed_) check_differences(config, logger);
  check_checkpoints(path_);
  had_log_ = fs::exists(path_ / run_layout::kLog, none);
  made_ = first_missing(path_);
  std::error_code failed;
  fs::create_directories(path_, failed);
  const bool is_in_the_way =
      failed == std::errc::file_exists || failed == std::errc::not_a_directory;
  if (is_in_the_way) {
    throw UserError(SourceSpot{path_.string()},
                    fs::is_symlink(path_, none) ? "is a link that does not lead to a directory"
                                                : "expected a directory, found a file",
                    "choose another output, or remove it");
  }
  if (failed)
    throw RunError(SourceSpot{path_.string()}, failed.message(),
                   "choose an output that can be written");
  lock_ = std::make_unique<FolderLock>(path_);
  remove_leftovers(path_);
  CheckpointStore(path_, config.checkpoint).restore_links();
}

RunFolder::~RunFolder() {
  lock_.reset();
  const bool has_old_run = !aside_.empty();
  if (is_resumed_ || (is_kept_ && !has_old_run)) return;
  std::error_code ignored;
  if (!made_.empty()) fs::remove_all(path_, ignored);
  if (!had_log_) fs::remove(path_ / run_layout::kLog, ignored);
  // What was made above it goes too, unless others have put something there.
  for (fs::path folder = path_; !made_.empty() && folder != made_;) {
    folder = folder.parent_path();
    fs::remove(folder, ignored);
  }
  if (has_old_run) fs::rename(aside_, path_, ignored);
}

void RunFolder::forget_old_run() {
  std::error_code ignored;
  if (!aside_.empty()) fs::remove_all(aside_, ignored);
  aside_.clear();
}

/// Keys that define the model or the data must be as they were; keys of the course of training may
/// change with a word.
void RunFolder::check_differences(const Config& config, Logger& logger) const {
  const Config saved = load_config(path_ / run_layout::kConfig, {}).config;
  for (const config::Difference& difference : config::differences(saved, config)) {
    const std::string change = str(difference.path, ": the run in ", path_.string(), " has ",
                                   difference.text_a, ", now ", difference.text_b);
    if (difference.resume == config::ResumeClass::fixed) {
      throw UserError(change, "use the old value, another output, or --resume never --overwrite");
    }
    if (difference.resume == config::ResumeClass::course) logger.warning(change);
  }
}

std::string output_assignment(const std::string& folder) {
  return assignment_of("output", folder);
}

}  // namespace regard
