#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "regard/core/files.h"
#include "regard/core/logger.h"
#include "regard/run/config.h"

namespace regard {

/// What to do where a run already is.
enum class ResumePolicy { automatic, never, require };

/// The directory of a run while it trains: made, locked, and taken away again when nothing came of
/// it.
class RunFolder {
 public:
  /// Applies the policy. Throws UserError: another run is in the way (the first difference is
  /// named), another process trains there, there is nothing to resume, or the path is no directory.
  /// With `overwrites`, an old run is moved aside until forget_old_run() is called.
  RunFolder(const Config& config, ResumePolicy policy, bool overwrites, Logger& logger);
  /// Removes a folder that was made here, unless keep() was called, and puts an old run back.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// True when a configuration of an earlier session was found.
  bool is_resumed() const { return is_resumed_; }
  /// There is something worth keeping now.
  void keep() { is_kept_ = true; }
  /// The new run has a checkpoint: removes the old one.
  void forget_old_run();

 private:
  void check_differences(const Config& config, Logger& logger) const;

  std::filesystem::path path_;
  std::filesystem::path aside_;  // where an overwritten run waits; empty = there is none
  bool is_resumed_ = false;
  std::filesystem::path made_;  // the outermost folder that was made here; empty = none
  bool is_kept_ = false;
  bool had_log_ = false;  // before this session
  std::unique_ptr<FolderLock> lock_;
};

/// The assignment that makes a configuration's output this folder, whatever its name holds.
std::string output_assignment(const std::string& folder);

}  // namespace regard
