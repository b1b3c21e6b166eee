#pragma once

#include <functional>
#include <string>

#include "regard/cli/command.h"
#include "regard/config/overrides.h"

/// Options that stand for keys of the configuration. Type, range, unit and text are those that the
/// key declares.
namespace regard {

/// Puts its value over that of the key, as `--set KEY=VALUE` does.
cli::Option& add_key(cli::Command& command, const std::string& name, const std::string& key,
                     config::Overrides& overrides);
/// Only reads what the key may be: the command has a value of its own, and its own default.
cli::Option& add_value_like_key(cli::Command& command, const std::string& name,
                                const std::string& key, std::string& value);
/// "default: the model's, else 5": for keys of a model's configuration.
std::string default_of_model(const std::string& key);

/// `--set KEY=VALUE`; `take` gets the assignments.
cli::Option& add_set(cli::Command& command, std::function<void(const std::string&)> take,
                     const std::string& text);
/// `--device`.
cli::Option& add_device(cli::Command& command, std::string& device);
/// The model directory that a command works with.
cli::Option& add_model(cli::Command& command, std::string& model);

}  // namespace regard
