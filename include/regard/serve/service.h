#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "regard/core/logger.h"
#include "regard/serve/api_keys.h"
#include "regard/serve/backend.h"
#include "regard/serve/http_server.h"
#include "regard/serve/scheduler.h"
#include "regard/text/text_parts.h"

namespace regard {

/// What a service allows, and to whom.
struct ServiceOptions {
  SplitRule split = SplitRule::sentences;  ///< where a request does not say
  std::int64_t characters = 100000;        ///< of a request; 0 = no limit
  std::int64_t texts = 1000;               ///< of a request; 0 = no limit
  std::int64_t beam_size = 16;             ///< the largest that a request may ask for
  std::int64_t alternatives = 16;          ///< of a sentence
  std::int64_t requests_per_minute = 0;    ///< of a client without a key, by address; 0 = no limit
  std::chrono::milliseconds request_time{60000};
  ApiKeys keys = {};
  bool requires_key = false;
  std::string metrics_token;          ///< bearer token for /metrics; empty = none is needed
  std::vector<std::string> origins;   ///< of web pages that may call it; "*" = all
  std::filesystem::path suggestions;  ///< where /suggest appends; empty = it does not
  std::filesystem::path access_log;   ///< "-" = standard output; empty = none
  bool logs_texts = false;            ///< the texts of requests in the access log
};

/// The API over a backend: what requests mean, who may send them, and what they are told. It shares
/// the shape of LibreTranslate's, and has its own under /v1; openapi.json says all of it.
class Service {
 public:
  /// Throws UserError when a file of the options cannot be opened. The logger outlives it.
  Service(ServiceOptions options, const SchedulerOptions& scheduler,
          std::shared_ptr<const TranslationBackend> backend, Logger& logger);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// An HttpHandler. Exchanges may outlive this call; the server ends before the service.
  void handle(HttpRequest request, const std::shared_ptr<HttpExchange>& exchange);
  /// For /metrics; called from the thread of the requests.
  void set_server_state(std::function<HttpServerState()> state);
  /// New requests are translated by this one, those that were accepted by the one before.
  void replace_backend(std::shared_ptr<const TranslationBackend> backend);
  void replace_keys(ApiKeys keys);
  void reopen_log();
  /// Answers new requests with 503, and waits for what was accepted. False when that took too long.
  bool drain(std::chrono::milliseconds longest);

 private:
  struct Parts;
  class Routes;
  std::unique_ptr<Parts> parts_;
};

/// The OpenAPI document that a service hands out, as JSON.
std::string openapi_document();

}  // namespace regard
