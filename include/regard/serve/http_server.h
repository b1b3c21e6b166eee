#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "regard/serve/http.h"

namespace regard {

/// Where a server listens, and what it bears. Times are for one connection.
struct HttpServerOptions {
  std::string host = "127.0.0.1";
  std::int64_t port = 5000;  ///< 0 = any that is free
  std::size_t connections = 512;
  std::size_t connections_per_address = 0;             ///< 0 = no limit
  std::size_t header_bytes = 16384;                    ///< of a request, its line included
  std::size_t body_bytes = std::size_t{1} << 20;       ///< of a request
  std::size_t all_body_bytes = std::size_t{32} << 20;  ///< of all requests at a time
  std::chrono::milliseconds header_time{10000};        ///< until all headers are there
  std::chrono::milliseconds body_time{30000};          ///< from there to the end of the body
  std::chrono::milliseconds response_time{60000};      ///< to take a complete response
  std::chrono::milliseconds idle_time{75000};          ///< until the next request has its headers
};

struct HttpServerState {
  std::size_t connections = 0;
  std::size_t requests = 0;   ///< that have no complete response yet
  std::uint64_t refused = 0;  ///< that no handler saw: too large, not understood, or too slow
};

/// HTTP/1.1 without encryption, which is left to a proxy in front of it. One thread serves all
/// connections; those that wait for a response cost no thread. Bodies that are compressed or have
/// two lengths are refused.
class HttpServer {
 public:
  /// Throws UserError when it cannot listen there.
  HttpServer(const HttpServerOptions& options, HttpHandler handler);
  /// Requests without a response get 503.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const;
  int port() const;
  HttpServerState state() const;
  /// Takes no more connections; those that are there end with their next response.
  void stop_listening();
  /// Waits until every request has its complete response. False when that took too long.
  bool finish(std::chrono::milliseconds longest);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regard
