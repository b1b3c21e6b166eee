#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace regard {

struct HttpRequest {
  std::string method;
  std::string path;                            ///< decoded, without the query
  std::map<std::string, std::string> query;    ///< decoded
  std::map<std::string, std::string> headers;  ///< by their names in small letters
  std::string body;
  std::string peer;  ///< the address it came from, without the port

  /// "" where it is not given.
  std::string_view header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
};

struct HttpResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// A request that waits for its response. Any thread may give it; what comes after the first
/// response is dropped.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual void respond(HttpResponse response) = 0;
  /// A response whose body comes piece by piece; `head.body` is its first.
  virtual void begin_stream(HttpResponse head) = 0;
  virtual void send(std::string piece) = 0;
  virtual void end_stream() = 0;
  /// Each `call` is called at most once, from any thread, when the client goes before it has all of
  /// the response; at once when it has gone already.
  virtual void when_gone(std::function<void()> call) = 0;
};

/// Called for each complete request, from the thread that serves all connections: it must not wait.
using HttpHandler =
    std::function<void(HttpRequest request, const std::shared_ptr<HttpExchange>& exchange)>;

}  // namespace regard
