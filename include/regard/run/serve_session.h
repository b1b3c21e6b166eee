#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/run/served_models.h"
#include "regard/serve/http_server.h"
#include "regard/serve/scheduler.h"
#include "regard/serve/service.h"

namespace regard {

/// A translation server, from its options.
struct ServeSetup {
  ServedModelsSetup models;
  HttpServerOptions http;
  ServiceOptions service;
  SchedulerOptions scheduling;
  std::filesystem::path api_keys;  ///< for read_api_keys(); empty = none
  std::chrono::milliseconds drain_time{30000};
};

/// Who watches it. Everything outlives it.
struct ServeWatch {
  Logger& logger;
  /// Ends the server: nothing more is accepted, and what was is answered. A request to save reads
  /// the models and the keys again, and opens the access log again.
  StopFlag& stop;
  /// Told once it listens, before the log says so.
  std::function<void()> on_ready = {};
};

/// Serves what `models` opens until it is told to stop. Throws UserError for what keeps it from
/// starting; what keeps it from reading models again is logged, and the old ones stay.
void serve(const ServeSetup& setup, const ModelBackend& models, const ServeWatch& watch);

}  // namespace regard
