#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <microhttpd.h>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "regard/serve/http.h"

#include "connection_watch.h"

// This and http_server.cpp are all that know the HTTP library.

namespace regard {

/// What the exchange of a request needs of its server.
struct ExchangeSetup {
  MHD_Connection* connection = nullptr;
  WatchedConnection* watched = nullptr;
  ConnectionWatch& watch;
  std::chrono::milliseconds response_time;
  const std::atomic<bool>& is_stopping;
};

/// The response to a request on a connection, which is suspended while there is nothing to send.
class ConnectionExchange : public HttpExchange,
                           public WaitingClient,
                           public std::enable_shared_from_this<ConnectionExchange> {
 public:
  explicit ConnectionExchange(const ExchangeSetup& setup) : setup_(setup) {}

  void respond(HttpResponse response) override { answer(std::move(response), false); }
  void begin_stream(HttpResponse head) override { answer(std::move(head), true); }
  void send(std::string piece) override;
  void end_stream() override;
  void when_gone(std::function<void()> call) override;
  void lose() override;

  /// For the thread of the connections, when all of the request is there or it was resumed.
  MHD_Result proceed();
  /// The connection is done with the request; `is_whole`: the client has all of the response.
  void complete(bool is_whole);

 private:
  void answer(HttpResponse response, bool is_stream);
  void suspend();
  void wake();
  MHD_Response* make_response();
  MHD_Result queue();
  static ssize_t read(void* self, std::uint64_t position, char* buffer, std::size_t most);

  const ExchangeSetup setup_;
  std::mutex mutex_;
  std::optional<HttpResponse> response_;
  std::string body_;  ///< that was not sent yet
  std::vector<std::function<void()>> on_gone_;
  bool is_stream_ = false;
  bool has_ended_ = false;     ///< nothing is added to the body
  bool is_suspended_ = false;  ///< the library does not look at the connection
  bool is_gone_ = false;
  bool is_complete_ = false;  ///< the library is done with the request
};

}  // namespace regard
