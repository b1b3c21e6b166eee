#include "cli/usage.h"

#include <algorithm>

#include "regard/core/strings.h"

namespace regard::cli {
namespace {

constexpr std::size_t kShown = 100;

std::string quoted(const std::string& argument) {
  return quote_for_message(argument, kShown);
}

std::string nearest_of(const std::string& name, const std::vector<std::string>& known) {
  return name.size() < kShown ? nearest(name, known) : "";
}

std::string help_of_command(const CommandPlace& place) {
  return str("see ", place.path, " --help");
}

/// "regard translate and regard evaluate": where there is such an option; empty = nowhere.
std::string commands_with(const Command& program, const std::string& name) {
  std::vector<std::string> paths;
  for (const CommandPlace& place : all_commands(program)) {
    if (place.command->find(name) != nullptr) paths.push_back(place.path);
  }
  constexpr std::size_t kFew = 3;
  if (paths.size() > kFew) return "";
  return join(paths, " and ");
}

/// "--set training.max_updates=" for "--max-updates", where that is an assignment which an option
/// takes; else empty.
std::string assignment_like(const Command& command, const std::string& name) {
  std::string key = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  std::replace(key.begin(), key.end(), '-', '_');
  for (const Option& option : command.options) {
    for (const std::string& hint : option.hints) {
      if (hint == key + "=" || hint.ends_with(str(".", key, "=")))
        return str(option.name, " ", hint);
    }
  }
  return "";
}

}  // namespace

std::string unknown_command(const Command& group, const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : group.commands)
    names.push_back(command.name);
  const std::string likely = nearest_of(name, names);
  return str("unknown command ", quoted(name),
             likely.empty() ? "" : str(", did you mean ", likely, "?"));
}

UserError unknown_option(const Command& program, const CommandPlace& place,
                         const std::string& name) {
  std::vector<std::string> known = {"--help"};
  if (place.command == &program) known.push_back("--version");
  for (const Option& option : place.command->options) {
    if (!option.is_argument) known.push_back(option.name);
  }
  std::string what = "unknown option " + quoted(name);
  if (const std::string likely = assignment_like(*place.command, name); !likely.empty())
    return UserError(str(what, ", did you mean ", likely, "?"), help_of_command(place));
  if (const std::string owners = commands_with(program, name); !owners.empty())
    return UserError(str(what, ", which belongs to ", owners), help_of_command(place));
  const std::string likely = nearest_of(name, known);
  if (!likely.empty()) what += str(", did you mean ", likely, "?");
  return UserError(what, help_of_command(place));
}

UserError missing(const CommandPlace& place, const Option& option) {
  std::string meaning = option.text;
  if (meaning.ends_with('.')) meaning.pop_back();
  if (!meaning.empty() && meaning[0] >= 'A' && meaning[0] <= 'Z')
    meaning[0] = static_cast<char>(meaning[0] - 'A' + 'a');
  const std::string help = help_of_command(place);
  const std::vector<Example>& examples = place.command->examples;
  return UserError(
      str(place.path, ": ", option.name, " is missing (", meaning, ")"),
      examples.empty() ? help : str("write, for example, ", examples.front().line, "; ", help));
}

UserError missing_value(const CommandPlace& place, const Option& option) {
  return UserError(str(option.name, ": its value is missing"),
                   str("write ", option.name, " ", option.word, "; ", help_of_command(place)));
}

UserError extra_argument(const CommandPlace& place, const std::string& argument) {
  const bool may_be_input = place.command->find("--input") != nullptr;
  return UserError(str(place.path, ": unexpected argument after the given ones: ", quoted(argument),
                       may_be_input ? ", did you mean --input?" : ""),
                   help_of_command(place));
}

UserError misuse(const CommandPlace& place, const std::string& what) {
  return UserError(what, help_of_command(place));
}

}  // namespace regard::cli
