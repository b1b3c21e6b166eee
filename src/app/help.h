#pragma once

#include "regard/cli/command.h"

namespace regard {

/// Gives the commands their examples, pages and places in the list of commands. To be called when
/// all commands are there.
void add_help_texts(cli::Command& program);

}  // namespace regard
