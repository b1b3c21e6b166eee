#pragma once

#include <optional>
#include <string>

#include "regard/cli/command.h"

namespace regard::cli {

/// What a command line asks to be shown instead of doing something: the help of the program,
/// of a command, or of a group without one of its commands; the version. Throws UserError for a
/// command that is not there.
std::optional<std::string> asked_text(const Command& program, const std::string& version, int argc,
                                      const char* const* argv);

/// Hands all values to the options of the command that is called, and returns it. Throws UserError
/// for an unknown command or option, which is named before anything else that is wrong, with the
/// nearest one; for values that are not allowed; and for what is missing or has no place.
const Command& parse(const Command& program, int argc, const char* const* argv);

}  // namespace regard::cli
