#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "regard/cli/command.h"
#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/core/threads.h"
#include "regard/run/model_backend.h"

namespace regard {

/// What every command is given.
struct CommandContext {
  StopFlag& stop;
  ThreadChoice threads;  ///< that loops run on already
  const ModelBackend& backend;
};

/// A command declares itself and its options below `program` and says what runs when it is called;
/// the function returns the exit code.
using CommandAction = std::function<int(CommandContext&)>;
struct Command {
  cli::Command* declared = nullptr;
  CommandAction action;
};

/// From here on SIGINT and SIGTERM set the stop flag (a second one ends the program), SIGUSR1 asks
/// for a save.
void catch_signals();
/// And SIGHUP, which asks for the same: of a server, to read its models again.
void catch_reload_signal();

Command add_init_command(cli::Command& program);
Command add_train_command(cli::Command& program);
Command add_translate_command(cli::Command& program);
Command add_predict_command(cli::Command& program);
Command add_score_command(cli::Command& program);
Command add_evaluate_command(cli::Command& program);
Command add_encode_command(cli::Command& program);
Command add_decode_command(cli::Command& program);
Command add_average_command(cli::Command& program);
std::vector<Command> add_config_commands(cli::Command& program);
std::vector<Command> add_import_commands(cli::Command& program);
std::vector<Command> add_export_commands(cli::Command& program);
Command add_info_command(cli::Command& program);
Command add_attend_command(cli::Command& program);
Command add_compare_command(cli::Command& program);
Command add_align_command(cli::Command& program);
Command add_serve_command(cli::Command& program);
/// help, completion and man: they tell of the program, which must outlive them.
std::vector<Command> add_help_commands(cli::Command& program);

}  // namespace regard
