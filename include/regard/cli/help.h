#pragma once

#include <string>
#include <vector>

#include "regard/cli/command.h"

namespace regard::cli {

/// The help of a command: usage, then arguments, options and commands under their headings, in
/// lines of at most 100 columns.
std::string help_of(const CommandPlace& place);

/// The heads of the entries: "--beam-size N", "-h, --help".
std::string head_of(const Option& option);
/// "regard translate [OPTIONS] MODEL".
std::string usage_of(const CommandPlace& place);

/// The options under one heading, "--help" among the first.
struct OptionGroup {
  std::string heading;
  std::vector<const Option*> options;
};
/// Arguments first, then the headings in the order in which they come up.
std::vector<OptionGroup> groups_of(const CommandPlace& place);
/// The commands under one heading.
struct CommandGroup {
  std::string heading;
  std::vector<const Command*> commands;
};
std::vector<CommandGroup> command_groups_of(const Command& command);

/// The help of `regard help NAME...`. Throws UserError for a command that is not there.
std::string help_for(const Command& program, const std::vector<std::string>& names);

}  // namespace regard::cli
