#include "usage.h"

#include <vector>

#include "regard/core/strings.h"

#include "help.h"

namespace regard {
namespace {

constexpr std::size_t kShown = 100;

std::string line_of(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string quoted(const std::string& argument) {
  return quote_for_message(argument, kShown);
}

/// The part of an argument that names an option; empty = it names none.
std::string option_name(const std::string& argument) {
  if (argument.starts_with("--")) return argument.substr(0, argument.find('='));
  const bool is_short = argument.size() > 1 && argument[0] == '-' && argument[1] != '.' &&
                        !(argument[1] >= '0' && argument[1] <= '9');
  return is_short ? argument.substr(0, 2) : "";
}

std::string unknown_option(const CLI::App& command, const std::string& name) {
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& word : option->get_lnames())
      known.push_back("--" + word);
  }
  const std::string likely = name.size() < kShown ? nearest(name, known) : "";
  return str("unknown option ", quoted(name),
             likely.empty() ? "" : str(", did you mean ", likely, "?"));
}

/// The first option on the command line that the command does not have; empty = there is none.
std::string find_unknown_option(const CommandPlace& place, int argc, const char* const* argv) {
  for (int i = place.next; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") break;
    const std::string name = option_name(argument);
    if (name.empty()) continue;
    const CLI::Option* option = place.app->get_option_no_throw(name);
    if (option == nullptr) return name;
    const bool has_value = option->get_items_expected_max() > 0;
    const bool is_joined = argument.size() > name.size();
    if (has_value && !is_joined) ++i;
  }
  return "";
}

/// "regard translate: MODEL is missing: a model directory, or a checkpoint inside one"; empty = all
/// is there.
std::string find_missing(const CommandPlace& place) {
  for (const CLI::Option* option : place.app->get_options()) {
    if (!option->get_required() || option->count() > 0) continue;
    const std::string name =
        option->get_positional() ? option->get_type_name() : option->get_name(false, true);
    std::string meaning = option->get_description();
    if (meaning.ends_with('.')) meaning.pop_back();
    if (!meaning.empty() && meaning[0] >= 'A' && meaning[0] <= 'Z')
      meaning[0] = static_cast<char>(meaning[0] - 'A' + 'a');
    return str(place.path, ": ", name, " is missing (", meaning, ")");
  }
  return "";
}

/// The help to read, after an example where there is one.
std::string help_of(const CommandPlace& place, bool shows_example) {
  const std::string help = str("see ", place.path, " --help");
  const std::size_t begin = place.path.find(' ');
  if (!shows_example || begin == std::string::npos) return help;
  const std::vector<std::string> examples = examples_of(place.path.substr(begin + 1));
  return examples.empty() ? help : str("write, for example, ", examples.front(), "; ", help);
}

/// An argument for which there is no place.
std::string extra_argument(const CommandPlace& place, const CLI::ParseError& error) {
  const std::string what = line_of(error.what());
  const std::size_t colon = what.rfind(": ");
  const std::string argument = colon == std::string::npos ? what : what.substr(colon + 2);
  const bool may_be_input = place.app->get_option_no_throw("--input") != nullptr;
  return str(place.path, ": nothing is expected after what is given, found ", quoted(argument),
             may_be_input ? ", did you mean --input?" : "");
}

std::string with_fix(const std::string& problem, const std::string& fix) {
  const bool is_ended = problem.ends_with('?') || problem.ends_with('.');
  return str(problem, is_ended ? "" : ".", " Fix: ", fix, ".");
}

}  // namespace

std::optional<std::string> command_problem(const CLI::App& app, int argc, const char* const* argv) {
  const CommandPlace place = command_place(app, argc, argv);
  const bool is_group = !place.app->get_subcommands({}).empty();
  if (!is_group || place.next >= argc || argv[place.next][0] == '-') return std::nullopt;
  return with_fix(unknown_command(*place.app, argv[place.next]), help_of(place, false));
}

std::string usage_problem(const CLI::App& app, int argc, const char* const* argv,
                          const CLI::ParseError& error) {
  const CommandPlace place = command_place(app, argc, argv);
  if (const std::string name = find_unknown_option(place, argc, argv); !name.empty())
    return with_fix(unknown_option(*place.app, name), help_of(place, false));
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    if (const std::string missing = find_missing(place); !missing.empty())
      return with_fix(missing, help_of(place, true));
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    return with_fix(extra_argument(place, error), help_of(place, false));
  return with_fix(line_of(error.what()), help_of(place, false));
}

}  // namespace regard
