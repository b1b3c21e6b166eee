#include "regard/cli/parse.h"

#include <algorithm>
#include <map>
#include <vector>

#include <CLI/CLI.hpp>

#include "regard/cli/help.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "cli/usage.h"
#include "cli/walk.h"

namespace regard::cli {
namespace {

/// The parser's options for ours.
using Fed = std::map<const Option*, CLI::Option*>;

CLI::Option* feed_option(CLI::App& app, const Option& option) {
  if (option.is_flag()) return app.add_flag(option.name)->take_last();
  // The parser need not know what stands for an argument, "MODEL|F.spm".
  const std::string name =
      option.is_argument ? str("argument", app.get_options().size()) : option.name;
  CLI::Option* fed = app.add_option(name)->take_all();  // hand_over() counts them
  if (option.is_list) fed->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
  return fed;
}

void feed(CLI::App& app, const Command& command, Fed& fed) {
  app.set_help_flag();  // asked_text() answers for it
  for (const Option& option : command.options)
    fed[&option] = feed_option(app, option);
  for (const Command& below : command.commands)
    feed(*app.add_subcommand(below.name), below, fed);
  if (command.is_group()) app.require_subcommand(1);
}

void refuse_unknown(const Command& program, const CommandPlace& place, int argc,
                    const char* const* argv) {
  const bool is_group = place.command->is_group();
  if (is_group && place.next < argc && argv[place.next][0] != '-')
    throw misuse(place, unknown_command(*place.command, argv[place.next]));
  for (const GivenOption& given : given_options(place, argc, argv)) {
    if (given.option == nullptr) throw unknown_option(program, place, given.name);
    if (given.lacks_value) throw missing_value(place, *given.option);
  }
}

/// Options that must not be combined with another one.
void refuse_pairs(const CommandPlace& place, Fed& fed) {
  for (const Option& option : place.command->options) {
    if (option.excluded.empty() || fed[&option]->count() == 0) continue;
    const Option* other = place.command->find(option.excluded);
    if (other != nullptr && fed[other]->count() > 0)
      throw UserError(str(option.name, ": cannot be combined with ", option.excluded),
                      "remove one of the two");
  }
}

void hand_over(const Option& option, const CLI::Option& fed) {
  const bool is_single = !option.is_list && !option.may_repeat && !option.is_flag();
  if (is_single && fed.count() > 1)
    throw UserError(str(option.name, ": is given ", fed.count(), " times"), "give it once");
  if (option.is_flag()) return option.take(fed.as<bool>() ? "true" : "false");
  for (const std::string& value : fed.results())
    option.take(value);
}

/// What the parser did not take, in words.
UserError reworded(const CommandPlace& place, const CLI::ParseError& error) {
  const std::string what =
      std::string(error.what()).substr(0, std::string(error.what()).find('\n'));
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return misuse(place, what);
  const std::size_t colon = what.rfind(": ");
  return extra_argument(place, colon == std::string::npos ? what : what.substr(colon + 2));
}

}  // namespace

std::optional<std::string> asked_text(const Command& program, const std::string& version, int argc,
                                      const char* const* argv) {
  const CommandPlace place = find_command(program, argc, argv);
  for (const GivenOption& given : given_options(place, argc, argv)) {
    if (given.option == nullptr && is_help(given.name)) {
      const bool is_group = place.command->is_group();
      if (is_group && place.next < argc && argv[place.next][0] != '-') break;  // a slip
      return help_of(place);
    }
    if (place.command == &program && is_version(given.name)) return version + "\n";
  }
  if (place.command->is_group() && place.next >= argc) return help_of(place);
  return std::nullopt;
}

const Command& parse(const Command& program, int argc, const char* const* argv) {
  const CommandPlace place = find_command(program, argc, argv);
  refuse_unknown(program, place, argc, argv);
  CLI::App app(program.text, program.name);
  Fed fed;
  feed(app, program, fed);
  try {
    app.parse(argc, argv);
    refuse_pairs(place, fed);
    for (const Option& option : place.command->options) {
      if (fed[&option]->count() > 0) hand_over(option, *fed[&option]);
    }
  } catch (const CLI::ParseError& error) {
    throw reworded(place, error);
  }
  for (const Option& option : place.command->options) {
    if (option.is_required && fed[&option]->count() == 0) throw missing(place, option);
  }
  return *place.command;
}

}  // namespace regard::cli
