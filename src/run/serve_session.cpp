#include "regard/run/serve_session.h"

#include <thread>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

std::string directions_text(const TranslationBackend& backend) {
  std::vector<std::string> texts;
  for (const ServedDirection& direction : backend.directions())
    texts.push_back(str(direction.source, "-", direction.target));
  return join(texts, ", ");
}

ApiKeys keys_of(const ServeSetup& setup) {
  return setup.api_keys.empty() ? ApiKeys() : read_api_keys(setup.api_keys);
}

ServiceOptions service_options(const ServeSetup& setup) {
  ServiceOptions options = setup.service;
  options.keys = keys_of(setup);
  if (options.requires_key && options.keys.keys.empty())
    throw UserError("--require-api-key: there are no keys", "give a file of them with --api-keys");
  return options;
}

void reload(const ServeSetup& setup, const ModelBackend& models, Service& service, Logger& logger) {
  service.reopen_log();
  try {
    ApiKeys keys = keys_of(setup);
    auto backend = open_served_models(setup.models, models);
    logger.info(str("models and keys were read again: ", directions_text(*backend)));
    service.replace_keys(std::move(keys));
    service.replace_backend(std::move(backend));
  } catch (const Error& error) {
    for (const std::string& line : error_lines(error))
      logger.warning(str("the old models and keys stay: ", line));
  }
}

}  // namespace

void serve(const ServeSetup& setup, const ModelBackend& models, const ServeWatch& watch) {
  constexpr auto kInterval = std::chrono::milliseconds(20);
  auto backend = open_served_models(setup.models, models);
  const std::string directions = directions_text(*backend);
  Service service(service_options(setup), setup.scheduling, std::move(backend), watch.logger);
  HttpServer server(setup.http, [&](HttpRequest request, const auto& exchange) {
    service.handle(std::move(request), exchange);
  });
  service.set_server_state([&] { return server.state(); });
  if (watch.on_ready) watch.on_ready();
  watch.logger.info(str("serving ", directions, " at ", server.url()));
  while (!watch.stop.is_requested()) {
    if (watch.stop.take_save_request()) reload(setup, models, service, watch.logger);
    std::this_thread::sleep_for(kInterval);
  }
  server.stop_listening();
  const bool is_complete = service.drain(setup.drain_time) && server.finish(setup.drain_time);
  if (!is_complete)
    watch.logger.warning("some requests took too long to be answered; their clients are told so");
}

}  // namespace regard
