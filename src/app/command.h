#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/core/threads.h"

namespace regard {

/// What every command is given.
struct CommandContext {
  StopFlag& stop;
  ThreadChoice threads;  ///< LibTorch computes with them already
};

/// A command adds its options to `app` and sets what runs when it was chosen; the function returns
/// the exit code.
using CommandAction = std::function<int(CommandContext&)>;
struct Command {
  CLI::App* app = nullptr;
  CommandAction action;
};

/// From here on SIGINT and SIGTERM set the stop flag (a second one ends the program), SIGUSR1 asks
/// for a save.
void catch_signals();

Command add_init_command(CLI::App& app);
Command add_train_command(CLI::App& app);
Command add_translate_command(CLI::App& app);
Command add_score_command(CLI::App& app);
Command add_evaluate_command(CLI::App& app);
Command add_encode_command(CLI::App& app);
Command add_decode_command(CLI::App& app);
Command add_average_command(CLI::App& app);
std::vector<Command> add_config_commands(CLI::App& app);
std::vector<Command> add_import_commands(CLI::App& app);
std::vector<Command> add_export_commands(CLI::App& app);
Command add_info_command(CLI::App& app);
Command add_attend_command(CLI::App& app);
Command add_compare_command(CLI::App& app);
Command add_align_command(CLI::App& app);

}  // namespace regard
