#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace regard {

/// What is wrong with a command line, as one line with its fix: an unknown command or option with
/// the nearest one, what must be given, else what CLI11 says.
std::string usage_problem(const CLI::App& app, int argc, const char* const* argv,
                          const CLI::ParseError& error);

/// The same for what CLI11 lets pass beside --help: a command that is not there. Nothing is wrong
/// otherwise.
std::optional<std::string> command_problem(const CLI::App& app, int argc, const char* const* argv);

}  // namespace regard
