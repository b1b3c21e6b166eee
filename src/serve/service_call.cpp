#include "service_call.h"

#include <ctime>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "http_status.h"

namespace regard {
namespace {

std::string time_text() {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts = {};
  ::gmtime_r(&now.tv_sec, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string thousandths = std::to_string(1000 + now.tv_nsec / 1000000).substr(1);
  return str(std::string(text, length), ".", thousandths, "Z");
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  return count;
}

/// "application/json" of "application/json; charset=utf-8".
std::string_view media_type(std::string_view header) {
  return trim(header.substr(0, header.find(';')));
}

std::string_view bearer_token(const HttpRequest& request) {
  std::string_view header = request.header("authorization");
  constexpr std::string_view kScheme = "Bearer ";
  return header.starts_with(kScheme) ? header.substr(kScheme.size()) : std::string_view();
}

}  // namespace

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_allowed_origin(const HttpRequest& request, const std::vector<std::string>& origins,
                       std::string& allowed) {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return true;
  for (const std::string& each : origins) {
    if (each != "*" && each != origin) continue;
    allowed = each == "*" ? "*" : std::string(origin);
    return true;
  }
  const std::size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && origin.substr(scheme + 3) == request.header("host");
}

ServiceCall::ServiceCall(ServiceParts& parts, HttpRequest request,
                         std::shared_ptr<HttpExchange> exchange, std::string route)
    : parts_(parts),
      request_(std::move(request)),
      exchange_(std::move(exchange)),
      route_(std::move(route)),
      texts_(Json::array()) {}

Fields ServiceCall::fields() const {
  const std::string_view type = media_type(request_.header("content-type"));
  if (type == "application/json") return Fields::from_json(request_.body);
  if (type == "application/x-www-form-urlencoded" || type.empty())
    return Fields::from_form(request_.body);
  throw ApiError(http_status::kUnsupportedType,
                 "Use Content-Type: application/json or application/x-www-form-urlencoded");
}

void ServiceCall::admit(const std::string& given) {
  const ServiceOptions& options = parts_.options;
  const auto keys = parts_.keys();
  const std::string key = given.empty() ? std::string(bearer_token(request_)) : given;
  const ApiKey* known = key.empty() ? nullptr : keys->find(key);
  if (!key.empty() && known == nullptr && (options.requires_key || !keys->keys.empty()))
    throw ApiError(http_status::kForbidden, "Invalid API key");
  if (known == nullptr && options.requires_key)
    throw ApiError(http_status::kForbidden, "Please contact the server operator to get an API key");
  client_ = known == nullptr ? "" : known->name;
  std::int64_t per_minute = options.requests_per_minute;
  most_characters_ = options.characters;
  if (known != nullptr && known->requests_per_minute > 0) per_minute = known->requests_per_minute;
  if (known != nullptr && known->characters > 0) most_characters_ = known->characters;
  const std::string who = known == nullptr ? request_.peer : str("key ", known->name);
  const auto wait = parts_.limiter.take(who, per_minute, std::chrono::steady_clock::now());
  if (wait.count() > 0)
    throw ApiError(http_status::kTooManyRequests, str("Slowdown: ", per_minute, " per 1 minute"),
                   wait);
}

void ServiceCall::admit_texts(const std::vector<std::string>& texts) {
  const ServiceOptions& options = parts_.options;
  const std::size_t count = texts.size();
  if (options.texts > 0 && count > static_cast<std::size_t>(options.texts)) {
    throw ApiError(http_status::kBadRequest, str("Invalid request: request (", count,
                                                 ") exceeds text limit (", options.texts, ")"));
  }
  for (const std::string& text : texts)
    characters_ += count_characters(text);
  if (most_characters_ > 0 && characters_ > static_cast<std::size_t>(most_characters_)) {
    throw ApiError(http_status::kBadRequest,
                   str("Invalid request: request (", characters_, ") exceeds character limit (",
                       most_characters_, ")"));
  }
  if (!options.logs_texts) return;
  for (const std::string& text : texts)
    texts_.push_back(text);
}

void ServiceCall::note_direction(const std::string& source, const std::string& target) {
  direction_ = str(source, "-", target);
}

void ServiceCall::reply(const Json& json, int status) {
  respond({status, "application/json", to_text(json)});
}

void ServiceCall::respond(HttpResponse response) {
  add_common_headers(response);
  log(response.status);
  exchange_->respond(std::move(response));
}

void ServiceCall::fail(const ApiError& error) {
  HttpResponse response{error.status(), "application/json", to_text({{"error", error.what()}})};
  if (error.retry_after().count() > 0)
    response.headers.emplace_back("Retry-After", str(error.retry_after().count()));
  respond(std::move(response));
}

void ServiceCall::begin_stream(HttpResponse head) {
  add_common_headers(head);
  streaming_status_ = head.status;
  exchange_->begin_stream(std::move(head));
}

void ServiceCall::end_stream() {
  log(streaming_status_);
  exchange_->end_stream();
}

void ServiceCall::note_gone() {
  log(http_status::kClosedByClient);
}

void ServiceCall::add_common_headers(HttpResponse& response) const {
  auto& headers = response.headers;
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Cache-Control", "no-store");
  std::string allowed;
  if (!is_allowed_origin(request_, parts_.options.origins, allowed) || allowed.empty()) return;
  headers.emplace_back("Access-Control-Allow-Origin", allowed);
  if (allowed != "*") headers.emplace_back("Vary", "Origin");
}

void ServiceCall::log(int status) {
  if (is_logged_.exchange(true)) return;
  const double seconds = watch_.seconds();
  parts_.metrics.add_request(route_, status, seconds);
  if (status == 200) parts_.metrics.add_characters(characters_);
  if (!parts_.access_log.is_open()) return;
  constexpr std::size_t kMostPath = 200;
  Json line = {{"time", time_text()},       {"peer", request_.peer},
               {"method", request_.method}, {"path", utf8_prefix(request_.path, kMostPath)},
               {"status", status},          {"seconds", std::stod(format_fixed(seconds, 6))}};
  if (!client_.empty()) line["client"] = client_;
  if (!direction_.empty()) line["direction"] = direction_;
  if (characters_ > 0) line["characters"] = characters_;
  if (sentences_ > 0) line["sentences"] = sentences_;
  if (!texts_.empty()) line["texts"] = texts_;
  parts_.access_log.write(to_text(line));
}

}  // namespace regard
