#pragma once

#include <functional>
#include <optional>
#include <string>

#include "regard/cli/command.h"

namespace regard::cli {

/// An option as it stands on the command line.
struct GivenOption {
  std::string name;                ///< "--beam-size", "-h"
  const Option* option = nullptr;  ///< null = the command has none of that name
  bool lacks_value = false;        ///< nothing stands behind it
};

/// The options behind the commands of `place`, in order, without arguments and values, up to "--".
std::vector<GivenOption> given_options(const CommandPlace& place, int argc,
                                       const char* const* argv);

/// "-h" and "--help", which every command has.
bool is_help(const std::string& name);
/// "-V" and "--version", which the program has.
bool is_version(const std::string& name);

}  // namespace regard::cli
