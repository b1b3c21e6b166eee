#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/cli/command.h"
#include "regard/run/serve_session.h"

namespace regard {

/// What the command line says that is not in a ServeSetup in this form.
struct ServeArguments : ServeSetup {
  std::vector<std::string> more_models;
  std::string api_keys_file, access_log_file, suggestions_file;
  std::int64_t request_seconds = 60, drain_seconds = 30, idle_minutes = 0;
  std::int64_t body_kilobytes = 1024, connections = 512, window_microseconds = 3000;
  std::int64_t queued_sentences = 50000;
};

/// The options of `regard serve`.
void add_serve_options(cli::Command& command, ServeArguments& a);

}  // namespace regard
