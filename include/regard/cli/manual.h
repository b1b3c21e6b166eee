#pragma once

#include <string>
#include <vector>

#include "regard/cli/command.h"

namespace regard::cli {

struct ManualPage {
  std::string file;  ///< "regard-config-check.1"
  std::string text;  ///< for man(1): roff with the macros of man(7)
};

/// A page for the program and one for each command, groups among them.
std::vector<ManualPage> manual_pages(const Command& program, const std::string& version);

}  // namespace regard::cli
