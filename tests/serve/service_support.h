#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "regard/serve/service.h"

#include "serve/fake_backend.h"
#include "serve/fake_exchange.h"

namespace regard {

using Json = nlohmann::ordered_json;

/// A service over a FakeBackend.
struct TestService {
  std::shared_ptr<FakeBackend> backend = std::make_shared<FakeBackend>();
  std::unique_ptr<Logger> logger = make_silent_logger();
  Service service;

  explicit TestService(ServiceOptions options = {}, SchedulerOptions scheduling = {})
      : service(std::move(options), scheduling, backend, *logger) {}

  std::shared_ptr<FakeExchange> start(HttpRequest request) {
    auto exchange = std::make_shared<FakeExchange>();
    service.handle(std::move(request), exchange);
    return exchange;
  }
  HttpResponse ask(HttpRequest request) {
    const auto exchange = start(std::move(request));
    EXPECT_TRUE(wait_for([&] { return exchange->has_ended(); }));
    EXPECT_EQ(exchange->num_responses(), 1);
    return exchange->response();
  }
  static HttpRequest get_request(const std::string& path) {
    return {"GET", path, {}, {{"host", "localhost:5000"}}, "", "127.0.0.1"};
  }
  static HttpRequest post_request(const std::string& path, std::string body,
                                  const std::string& type = "application/json") {
    return {"POST",          path,       {}, {{"host", "localhost:5000"}, {"content-type", type}},
            std::move(body), "127.0.0.1"};
  }
  HttpResponse get(const std::string& path) { return ask(get_request(path)); }
  HttpResponse post(const std::string& path, const Json& body) {
    return ask(post_request(path, body.dump()));
  }
};

inline std::string header_of(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

inline void expect_error(const HttpResponse& response, int status, const std::string& part) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_NE(Json::parse(response.body).at("error").get<std::string>().find(part), std::string::npos)
      << response.body;
}

}  // namespace regard
