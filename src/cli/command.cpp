#include "regard/cli/command.h"

namespace regard::cli {
namespace {

void add_commands(const Command& command, const std::string& path,
                  std::vector<CommandPlace>& places) {
  for (const Command& below : command.commands) {
    const std::string name = path + " " + below.name;
    if (below.is_group()) {
      add_commands(below, name, places);
    } else {
      places.push_back({&below, name});
    }
  }
}

}  // namespace

Command& Command::add_command(std::string command_name, std::string command_text) {
  return commands.emplace_back(Command{std::move(command_name), std::move(command_text)});
}

Option& Command::add(Option option) {
  const bool is_grouped = option.heading.empty() && !option.is_argument;
  if (is_grouped) option.heading = heading_of_options;
  return options.emplace_back(std::move(option));
}

Option& Command::flag(std::string option_name, bool& value, std::string option_text) {
  Option option;
  option.name = std::move(option_name);
  option.text = std::move(option_text);
  option.take = [&value](const std::string& given) { value = given == "true"; };
  return add(std::move(option));
}

const Option* Command::find(const std::string& option_name) const {
  for (const Option& option : options) {
    if (!option.is_argument && option.name == option_name) return &option;
  }
  return nullptr;
}

CommandPlace find_command(const Command& program, int argc, const char* const* argv) {
  CommandPlace place{&program, program.name, 1};
  for (; place.next < argc; ++place.next) {
    const Command* found = nullptr;
    for (const Command& below : place.command->commands) {
      if (below.name == argv[place.next]) found = &below;
    }
    if (found == nullptr) break;
    place.command = found;
    place.path += " " + found->name;
  }
  return place;
}

std::vector<CommandPlace> all_commands(const Command& program) {
  std::vector<CommandPlace> places;
  add_commands(program, program.name, places);
  return places;
}

}  // namespace regard::cli
