#include <filesystem>

#include "regard/cli/completion.h"
#include "regard/cli/help.h"
#include "regard/cli/manual.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/version.h"

#include "command.h"
#include "text_output.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

Command add_help_command(cli::Command& program) {
  cli::Command& command = program.add_command("help", "Show the help of a command.");
  auto names = std::make_shared<std::vector<std::string>>();
  std::vector<std::string> known;
  for (const cli::Command& one : program.commands)
    known.push_back(one.name);
  command
      .argument("COMMAND", *names, "As in regard help config explain; all commands if not given.")
      .hinting(std::move(known));
  return {&command, [&program, names](CommandContext&) {
            write_standard_output(cli::help_for(program, *names));
            return 0;
          }};
}

Command add_completion_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "completion", "Print a script that completes commands, options, words and files.");
  auto shell = std::make_shared<std::string>("bash");
  command.argument("SHELL", *shell, "The shell.", config::one_of({"bash", "zsh", "fish"}))
      .called("bash|zsh|fish")
      .otherwise("")
      .required();
  return {&command, [&program, shell](CommandContext&) {
            const auto make = *shell == "zsh"    ? cli::zsh_completion
                              : *shell == "fish" ? cli::fish_completion
                                                 : cli::bash_completion;
            write_standard_output(make(program));
            return 0;
          }};
}

void write_manual(const cli::Command& program, const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) {
    throw RunError(SourceSpot{folder.string()}, failed.message(),
                   "choose a folder that can be written");
  }
  for (const cli::ManualPage& page : cli::manual_pages(program, "regard " + program_version()))
    write_file_atomically(folder / page.file, page.text);
}

Command add_man_command(cli::Command& program) {
  cli::Command& command =
      program.add_command("man", "Write a manual page for each command into a folder.");
  auto folder = std::make_shared<std::string>();
  command.argument("DIR", *folder, "Such as ~/.local/share/man/man1; made if it is not there.")
      .folder()
      .required();
  return {&command, [&program, folder](CommandContext&) {
            write_manual(program, *folder);
            return 0;
          }};
}

}  // namespace

std::vector<Command> add_help_commands(cli::Command& program) {
  return {add_help_command(program), add_completion_command(program), add_man_command(program)};
}

}  // namespace regard
