#include "regard/serve/service.h"

#include <algorithm>
#include <map>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/version.h"

#include "http_status.h"
#include "libre_api.h"
#include "serve/serve_assets.h"
#include "service_call.h"
#include "service_parts.h"
#include "v1_api.h"

namespace regard {
namespace {

void answer_health(const CallPointer& call) {
  Json models = Json::array();
  for (const ModelState& model : call->parts().backend()->models())
    models.push_back({{"name", model.name}, {"loaded", model.is_loaded}});
  call->reply({{"status", "ok"}, {"version", program_version()}, {"models", std::move(models)}});
}

void answer_ready(const CallPointer& call) {
  const SchedulerState state = call->parts().scheduler->state();
  if (state.is_draining) throw ApiError(http_status::kUnavailable, "The server is shutting down");
  call->reply({{"status", "ready"}});
}

void answer_metrics(const CallPointer& call) {
  ServiceParts& parts = call->parts();
  const std::string& token = parts.options.metrics_token;
  if (!token.empty()) {
    const ApiKeys expected{{{token, "metrics", 0, 0}}};
    std::string_view given = call->request().header("authorization");
    constexpr std::string_view kScheme = "Bearer ";
    if (!given.starts_with(kScheme) || expected.find(given.substr(kScheme.size())) == nullptr)
      throw ApiError(http_status::kForbidden, "Give the token for metrics as a bearer token");
  }
  const HttpServerState server = parts.server_state ? parts.server_state() : HttpServerState();
  call->respond({http_status::kOk, "text/plain; version=0.0.4",
                 parts.metrics.text(parts.scheduler->state(), server, parts.backend()->models())});
}

void answer_openapi(const CallPointer& call) {
  call->respond({http_status::kOk, "application/json", openapi_document()});
}

struct Route {
  const char* method;
  const char* path;
  void (*answer)(const CallPointer& call);
};

constexpr Route kRoutes[] = {{"POST", "/translate", &libre_translate},
                             {"POST", "/detect", &libre_detect},
                             {"POST", "/suggest", &libre_suggest},
                             {"GET", "/languages", &libre_languages},
                             {"GET", "/frontend/settings", &libre_settings},
                             {"GET", "/health", &answer_health},
                             {"GET", "/ready", &answer_ready},
                             {"GET", "/metrics", &answer_metrics},
                             {"GET", "/spec", &answer_openapi},
                             {"GET", "/openapi.json", &answer_openapi},
                             {"POST", "/v1/translate", &v1_translate},
                             {"POST", "/v1/batch", &v1_batch}};

const Route* find_route(const std::string& path) {
  const auto* found = std::find_if(std::begin(kRoutes), std::end(kRoutes),
                                   [&](const Route& route) { return path == route.path; });
  return found == std::end(kRoutes) ? nullptr : found;
}

/// What a browser asks before a page of another origin may call.
void answer_preflight(const CallPointer& call, const Route& route) {
  HttpResponse response{http_status::kNoContent, "text/plain", ""};
  response.headers = {{"Access-Control-Allow-Methods", route.method},
                      {"Access-Control-Allow-Headers", "Authorization, Content-Type"},
                      {"Access-Control-Max-Age", "86400"}};
  call->respond(std::move(response));
}

void answer_wrong_method(const CallPointer& call, const Route& route) {
  HttpResponse response{http_status::kWrongMethod, "application/json",
                        to_text({{"error", str("Use ", route.method)}})};
  response.headers.emplace_back("Allow", str(route.method, ", OPTIONS"));
  call->respond(std::move(response));
}

void answer(const CallPointer& call) {
  const HttpRequest& request = call->request();
  const Route* route = find_route(request.path);
  if (route == nullptr) throw ApiError(http_status::kNotFound, "There is no such page");
  std::string allowed;
  if (!is_allowed_origin(request, call->parts().options.origins, allowed))
    throw ApiError(http_status::kForbidden, "Pages of this origin may not use the server");
  if (request.method == "OPTIONS") return answer_preflight(call, *route);
  const bool is_right = request.method == route->method ||
                        (request.method == "HEAD" && std::string_view(route->method) == "GET");
  is_right ? route->answer(call) : answer_wrong_method(call, *route);
}

}  // namespace

struct Service::Parts : ServiceParts {
  Parts(ServiceOptions given, const SchedulerOptions& scheduling,
        std::shared_ptr<const TranslationBackend> first, Logger& where)
      : ServiceParts(std::move(given), std::move(first), where),
        own_scheduler(scheduling, [this](const BatchFacts& facts) { metrics.add_batch(facts); }) {
    scheduler = &own_scheduler;
  }

  Scheduler own_scheduler;  ///< ends before what its batches tell of
};

Service::Service(ServiceOptions options, const SchedulerOptions& scheduler,
                 std::shared_ptr<const TranslationBackend> backend, Logger& logger)
    : parts_(std::make_unique<Parts>(std::move(options), scheduler, std::move(backend), logger)) {}

Service::~Service() = default;

void Service::handle(HttpRequest request, const std::shared_ptr<HttpExchange>& exchange) {
  const Route* route = find_route(request.path);
  const auto call = std::make_shared<ServiceCall>(*parts_, std::move(request), exchange,
                                                  route == nullptr ? "other" : route->path);
  try {
    answer(call);
  } catch (const ApiError& error) {
    call->fail(error);
  } catch (const std::exception& error) {
    parts_->logger.error(str(call->request().path, ": ", error.what()));
    call->fail(ApiError(http_status::kFailed, "The server failed; its log says why"));
  }
}

void Service::set_server_state(std::function<HttpServerState()> state) {
  parts_->server_state = std::move(state);
}

void Service::replace_backend(std::shared_ptr<const TranslationBackend> backend) {
  parts_->set_backend(std::move(backend));
}

void Service::replace_keys(ApiKeys keys) {
  parts_->set_keys(std::move(keys));
}

void Service::reopen_log() {
  parts_->access_log.reopen();
}

bool Service::drain(std::chrono::milliseconds longest) {
  return parts_->scheduler->drain(longest);
}

std::string openapi_document() {
  return kOpenApiDocument;
}

}  // namespace regard
