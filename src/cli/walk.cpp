#include "cli/walk.h"

namespace regard::cli {
namespace {

/// The part of an argument that names an option; empty = it names none.
std::string option_name(const std::string& argument) {
  if (argument.starts_with("--")) return argument.substr(0, argument.find('='));
  const bool is_short = argument.size() > 1 && argument[0] == '-' && argument[1] != '.' &&
                        !(argument[1] >= '0' && argument[1] <= '9');
  return is_short ? argument.substr(0, 2) : "";
}

}  // namespace

bool is_help(const std::string& name) {
  return name == "-h" || name == "--help";
}

bool is_version(const std::string& name) {
  return name == "-V" || name == "--version";
}

std::vector<GivenOption> given_options(const CommandPlace& place, int argc,
                                       const char* const* argv) {
  std::vector<GivenOption> found;
  for (int i = place.next; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") break;
    const std::string name = option_name(argument);
    if (name.empty()) continue;
    const Option* option = place.command->find(name);
    const bool wants_next =
        option != nullptr && !option->is_flag() && argument.size() == name.size();
    found.push_back({name, option, wants_next && i + 1 >= argc});
    if (wants_next) ++i;
  }
  return found;
}

}  // namespace regard::cli
