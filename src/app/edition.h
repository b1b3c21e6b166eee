#pragma once

#include <exception>
#include <string>
#include <vector>

#include "regard/app/app.h"
#include "regard/cli/command.h"
#include "regard/run/model_backend.h"

#include "command.h"

namespace regard {

class Edition {
 public:
  virtual ~Edition() = default;
  /// For `regard --version`: "" or what the version lacks.
  virtual std::string note() const = 0;
  virtual const ModelBackend& backend() const = 0;
  /// Declares its commands, but for those of help_commands.cpp.
  virtual std::vector<Command> add_commands(cli::Command& program) const = 0;
  /// Throws UserError for a command that other editions have.
  virtual void require_command(const std::string& name) const = 0;
  /// Makes the loops of this thread run on so many.
  virtual void use_threads(int threads) const = 0;
  virtual bool is_out_of_memory(const std::exception& error) const = 0;
  /// Of an exception that is a mistake of the program, without its stack.
  virtual std::string reason_of(const std::exception& error) const = 0;
};

}  // namespace regard
