#pragma once

#include <string>

#include "regard/cli/command.h"
#include "regard/core/error.h"

/// What is wrong with a command line, in words.
namespace regard::cli {

/// "unknown command 'tranlate', did you mean translate?".
std::string unknown_command(const Command& group, const std::string& name);
/// An option that the command does not have: the nearest one, or the commands that have it.
UserError unknown_option(const Command& program, const CommandPlace& place,
                         const std::string& name);
/// An option or argument that must be given.
UserError missing(const CommandPlace& place, const Option& option);
/// An option without a value.
UserError missing_value(const CommandPlace& place, const Option& option);
/// An argument for which there is no place.
UserError extra_argument(const CommandPlace& place, const std::string& argument);
/// What else is wrong, with the help that tells how it is done.
UserError misuse(const CommandPlace& place, const std::string& what);

}  // namespace regard::cli
