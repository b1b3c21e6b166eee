#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace regard {

/// Adds `regard help`, for the list of commands; asked_help() is what answers it.
void add_help_command(CLI::App& app);

/// Gives the commands their examples, their places in the list of commands, and long lists of
/// options their headings. To be called when all commands are there. A name of the tables that no
/// command has is left out.
void add_help_texts(CLI::App& app);

/// The examples of a command such as "config check"; may be empty.
std::vector<std::string> examples_of(const std::string& command);

/// What a command line asks to be shown instead of doing something: the help of `regard`, `regard
/// help [COMMAND]` and of a group of commands without one of these ("regard config"). Throws
/// UserError for `regard help` of a command that is not there.
std::optional<std::string> asked_help(const CLI::App& app, int argc, const char* const* argv);

/// The chain of commands at the start of a command line.
struct CommandPlace {
  const CLI::App* app = nullptr;  ///< the last of them, or the program
  std::string path;               ///< "regard config check"
  int next = 1;                   ///< the argument after it
};
CommandPlace command_place(const CLI::App& app, int argc, const char* const* argv);

/// "unknown command 'tranlate', did you mean translate?".
std::string unknown_command(const CLI::App& app, const std::string& name);

}  // namespace regard
