#include "regard/cli/help.h"

#include <algorithm>
#include <sstream>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/terminal.h"

#include "cli/usage.h"

namespace regard::cli {
namespace {

constexpr std::size_t kWidth = 100;  // columns of a line
constexpr std::size_t kHead = 26;    // columns of names, indent included

/// "--help", which every command has, and "--version" of the program.
const Option& help_option() {
  static const Option option = [] {
    Option made;
    made.name = "-h, --help";
    made.text = "Show this help.";
    return made;
  }();
  return option;
}

const Option& version_option() {
  static const Option option = [] {
    Option made;
    made.name = "-V, --version";
    made.text = "Show the version.";
    return made;
  }();
  return option;
}

/// An entry: a head, and a text in a column of its own.
std::string entry(const std::string& head, const std::string& text) {
  std::string out = "  " + head;
  std::size_t column = out.size();
  if (column + 2 > kHead) {
    out += "\n" + std::string(kHead, ' ');
  } else {
    out += std::string(kHead - column, ' ');
  }
  column = kHead;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t width = display_columns(word);
    if (column > kHead && column + 1 + width > kWidth) {
      out += "\n" + std::string(kHead, ' ');
      column = kHead;
    }
    if (column > kHead) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width;
  }
  return out + "\n";
}

/// The group of that heading, made at the end where there is none.
template <class Group>
Group& group_with(std::vector<Group>& groups, const std::string& heading) {
  for (Group& group : groups) {
    if (group.heading == heading) return group;
  }
  groups.push_back({heading, {}});
  return groups.back();
}

std::string footer_of(const Command& command) {
  std::string text;
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const Example& example : command.examples) {
    text += "  " + example.line + "\n";
    if (!example.note.empty()) text += "      " + example.note + "\n";
  }
  if (!command.page.empty()) text += str("\nMore: ", command.page, "\n");
  if (!command.footer.empty()) text += str("\n", command.footer, "\n");
  return text;
}

}  // namespace

std::string head_of(const Option& option) {
  if (option.is_flag()) return option.name;
  const std::string more = option.is_list ? " ..." : "";
  return option.is_argument ? option.word + more : str(option.name, " ", option.word, more);
}

std::string usage_of(const CommandPlace& place) {
  std::string usage = place.path;
  if (place.command->is_group()) return usage + " COMMAND";
  std::string arguments;
  std::string needed;
  for (const Option& option : place.command->options) {
    const std::string head = head_of(option);
    if (option.is_argument) arguments += option.is_required ? " " + head : str(" [", head, "]");
    if (!option.is_argument && option.is_required) needed += " " + head;
  }
  return str(usage, arguments, needed, " [OPTIONS]");
}

std::vector<OptionGroup> groups_of(const CommandPlace& place) {
  const Command& command = *place.command;
  std::vector<OptionGroup> groups = {{"Arguments", {}}, {"Options", {}}};
  for (const Option& option : command.options) {
    const std::string heading = !option.heading.empty() ? option.heading
                                : option.is_argument    ? "Arguments"
                                                        : "Options";
    group_with(groups, heading).options.push_back(&option);
  }
  groups[1].options.push_back(&help_option());
  if (place.path == command.name) groups[1].options.push_back(&version_option());
  std::erase_if(groups, [](const OptionGroup& group) { return group.options.empty(); });
  return groups;
}

std::vector<CommandGroup> command_groups_of(const Command& command) {
  std::vector<CommandGroup> groups;
  for (const Command& below : command.commands)
    group_with(groups, below.heading.empty() ? "Commands" : below.heading)
        .commands.push_back(&below);
  return groups;
}

std::string help_of(const CommandPlace& place) {
  const Command& command = *place.command;
  std::string text = str(command.text, "\n\nUsage: ", usage_of(place), "\n");
  for (const CommandGroup& group : command_groups_of(command)) {
    text += str("\n", group.heading, ":\n");
    for (const Command* below : group.commands)
      text += entry(below->name, below->text);
  }
  for (const OptionGroup& group : groups_of(place)) {
    text += str("\n", group.heading, ":\n");
    for (const Option* option : group.options)
      text += entry(head_of(*option), sentence_of(*option));
  }
  return text + footer_of(command);
}

std::string help_for(const Command& program, const std::vector<std::string>& names) {
  CommandPlace place{&program, program.name};
  for (const std::string& name : names) {
    const auto& below = place.command->commands;
    const auto found = std::find_if(below.begin(), below.end(),
                                    [&](const Command& one) { return one.name == name; });
    if (found == below.end()) {
      if (!place.command->is_group()) break;  // "regard help translate MODEL"
      throw UserError(unknown_command(*place.command, name), "see regard help");
    }
    place.command = &*found;
    place.path += " " + name;
  }
  return help_of(place);
}

}  // namespace regard::cli
