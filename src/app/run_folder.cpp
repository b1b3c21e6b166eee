#include "run_folder.h"

#include "regard/config/fields.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

namespace fs = std::filesystem;

RunFolder::RunFolder(const Config& config, ResumePolicy policy, bool overwrites, Logger& logger)
    : path_(config.output) {
  std::error_code none;
  if (fs::exists(path_, none) && !fs::is_directory(path_, none)) {
    throw UserError(str("output: ", path_.string(), " is not a directory"),
                    "choose another output");
  }
  is_resumed_ = fs::exists(path_ / "config.yaml", none);
  if (is_resumed_ && policy == ResumePolicy::never) {
    if (!overwrites) {
      throw UserError(
          str("output: ", path_.string(), " holds a run already"),
          "resume it (--resume auto), replace it (--overwrite), or choose another output");
    }
    FolderLock held(path_);  // nobody may be training there
    aside_ = path_.string() + ".old";
    fs::remove_all(aside_, none);
    fs::rename(path_, aside_);
    is_resumed_ = false;
  }
  if (!is_resumed_ && policy == ResumePolicy::require) {
    throw UserError(str("output: ", path_.string(), " holds no run to resume"),
                    "check output, or use --resume auto");
  }
  if (is_resumed_) check_differences(config, logger);
  was_made_ = !fs::exists(path_, none);
  std::error_code failed;
  fs::create_directories(path_, failed);
  if (failed)
    throw RunError(SourceSpot{path_.string()}, failed.message(),
                   "choose an output that can be written");
  lock_ = std::make_unique<FolderLock>(path_);
  remove_leftovers(path_);
}

RunFolder::~RunFolder() {
  lock_.reset();
  if (is_kept_ || is_resumed_) return;
  std::error_code ignored;
  if (was_made_) fs::remove_all(path_, ignored);
  if (!aside_.empty()) fs::rename(aside_, path_, ignored);
}

void RunFolder::keep() {
  is_kept_ = true;
  std::error_code ignored;
  if (!aside_.empty()) fs::remove_all(aside_, ignored);
  aside_.clear();
}

/// Keys that define the model or the data must be as they were; keys of the course of training may
/// change with a word.
void RunFolder::check_differences(const Config& config, Logger& logger) const {
  const Config saved = load_config(path_ / "config.yaml", {}).config;
  for (const config::Difference& difference : config::differences(saved, config)) {
    const std::string change = str(difference.path, ": the run in ", path_.string(), " has ",
                                   difference.text_a, ", now ", difference.text_b);
    if (difference.resume == config::ResumeClass::fixed) {
      throw UserError(change, "use the old value, another output, or --resume never --overwrite");
    }
    if (difference.resume == config::ResumeClass::course) logger.warning(change);
  }
}

}  // namespace regard
