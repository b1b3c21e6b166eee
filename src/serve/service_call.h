#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "regard/core/clock.h"
#include "regard/serve/http.h"

#include "api_error.h"
#include "fields.h"
#include "service_parts.h"

namespace regard {

using Json = nlohmann::ordered_json;

/// JSON of any bytes: what is not UTF-8 becomes U+FFFD.
std::string to_text(const Json& json);

/// A request on its way through the service; it is answered exactly once.
class ServiceCall : public std::enable_shared_from_this<ServiceCall> {
 public:
  ServiceCall(ServiceParts& parts, HttpRequest request, std::shared_ptr<HttpExchange> exchange,
              std::string route);

  const HttpRequest& request() const { return request_; }
  ServiceParts& parts() const { return parts_; }

  /// The fields of the body. Throws ApiError for a body of another type.
  Fields fields() const;
  /// Throws ApiError for who may not come in, or not now. `key` is what the body has, or "".
  void admit(const std::string& key);
  /// The characters of the texts of a request, which are counted. Throws ApiError for too many.
  void admit_texts(const std::vector<std::string>& texts);
  /// For the log.
  void note_direction(const std::string& source, const std::string& target);
  void note_sentences(std::size_t count) { sentences_ = count; }

  void reply(const Json& json, int status = 200);
  void respond(HttpResponse response);
  void fail(const ApiError& error);
  /// A response whose body comes piece by piece.
  void begin_stream(HttpResponse head);
  void send(std::string piece) { exchange_->send(std::move(piece)); }
  void end_stream();
  /// The client went away.
  void note_gone();
  void when_gone(std::function<void()> call) { exchange_->when_gone(std::move(call)); }

 private:
  void add_common_headers(HttpResponse& response) const;
  void log(int status);

  ServiceParts& parts_;
  const HttpRequest request_;
  const std::shared_ptr<HttpExchange> exchange_;
  const std::string route_;  ///< for metrics: one of a few
  const Stopwatch watch_;
  std::string client_;  ///< the name of its key
  std::int64_t most_characters_ = 0;
  std::size_t characters_ = 0;
  std::size_t sentences_ = 0;
  std::string direction_;
  Json texts_;
  int streaming_status_ = 0;
  std::atomic<bool> is_logged_ = false;
};

using CallPointer = std::shared_ptr<ServiceCall>;

/// Whether a web page may read the answer: nobody asked for one, it is of this server, or it is
/// allowed. `allowed` gets what the answer shall say.
bool is_allowed_origin(const HttpRequest& request, const std::vector<std::string>& origins,
                       std::string& allowed);

}  // namespace regard
