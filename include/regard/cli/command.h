#pragma once

#include <list>
#include <string>
#include <utility>
#include <vector>

#include "regard/cli/option.h"

namespace regard::cli {

/// A line that shows how a command is used, and what it does where that is not plain.
struct Example {
  std::string line;
  std::string note = "";
};

/// A command with its options, or a group of commands; the program itself is one. What stands in
/// its options and commands does not move when others are added.
struct Command {
  std::string name;
  std::string text;          ///< one sentence
  std::string heading = {};  ///< in the list of commands
  std::vector<Example> examples = {};
  std::string page = {};                ///< of the documentation
  std::string footer = {};              ///< lines at the end of the help
  std::list<Option> options = {};       ///< arguments among them, in their order
  std::list<Command> commands = {};     ///< of a group
  std::string heading_of_options = {};  ///< of those that are added from here on; empty = "Options"

  bool is_group() const { return !commands.empty(); }
  Command& add_command(std::string command_name, std::string command_text);

  Option& add(Option option);
  Option& flag(std::string option_name, bool& value, std::string option_text);
  template <class T, class... Attributes>
  Option& option(std::string option_name, T& value, std::string option_text,
                 Attributes... attributes) {
    return add(option_into(std::move(option_name), value, std::move(option_text),
                           std::move(attributes)...));
  }
  /// A value that is told by its place; `word` stands for it.
  template <class T, class... Attributes>
  Option& argument(std::string word, T& value, std::string option_text, Attributes... attributes) {
    Option made = option_into(word, value, std::move(option_text), std::move(attributes)...);
    made.word = std::move(word);
    made.is_argument = true;
    return add(std::move(made));
  }
  /// An option of that name, or nullptr.
  const Option* find(const std::string& option_name) const;
};

/// A command and its path: "regard config check".
struct CommandPlace {
  const Command* command = nullptr;
  std::string path;
  int next = 1;  ///< the argument after it
};
/// The chain of commands at the start of a command line.
CommandPlace find_command(const Command& program, int argc, const char* const* argv);
/// Every command that is no group, with its path, in order.
std::vector<CommandPlace> all_commands(const Command& program);

}  // namespace regard::cli
