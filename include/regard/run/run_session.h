#pragma once

#include <functional>

#include "regard/core/logger.h"
#include "regard/core/profile.h"
#include "regard/core/stop_flag.h"
#include "regard/core/threads.h"
#include "regard/run/config.h"
#include "regard/run/run_folder.h"

namespace regard {

/// How a run begins.
struct RunStart {
  ResumePolicy resume = ResumePolicy::automatic;
  bool overwrites = false;  ///< an old run in the output folder is replaced
  ThreadChoice threads;     ///< LibTorch computes with them already
};

/// Who watches a run. Everything outlives it.
struct RunWatch {
  Logger& console;  ///< takes messages until the run has a log of its own
  StopFlag& stop;
  Profile* profile = nullptr;  ///< null: times are not taken
  /// Told, once the run has a folder, what a request to stop leads to from here on, such as
  /// "stopping after this update". A literal; may be empty.
  std::function<void(const char*)> on_stage = {};
};

/// Trains what a configuration asks for: checks it and its texts, then folder, log, vocabularies,
/// corpus, model, memory, trainer, updates. One function of run_session.cpp for each step.
///
/// Throws UserError where the configuration, its files or a run in the output folder do not allow
/// it; until the folder is made, nothing is written. Returns whether the run came to its end: false
/// when `watch.stop` ended it, after a save.
bool run_training(LoadedConfig loaded, const RunStart& start, const RunWatch& watch);

/// Does all of that up to the first update, without a folder: reads everything, tries the largest
/// batch, logs sizes, and writes nothing.
void rehearse_training(LoadedConfig loaded, const RunWatch& watch);

}  // namespace regard
