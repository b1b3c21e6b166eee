#pragma once

#include <string>

#include "regard/cli/command.h"

namespace regard::cli {

/// Scripts that make a shell complete commands, options, words and names of files.
std::string bash_completion(const Command& program);
std::string zsh_completion(const Command& program);
std::string fish_completion(const Command& program);

}  // namespace regard::cli
