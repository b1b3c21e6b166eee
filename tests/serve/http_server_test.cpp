#include "regard/serve/http_server.h"

#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "regard/core/descriptor.h"
#include "regard/core/error.h"

#include "serve/fake_backend.h"

namespace regard {
namespace {

using namespace std::chrono_literals;

/// A connection of a client that says anything.
class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
        ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  bool is_connected() const { return is_connected_; }
  /// False when the other side closed the connection.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// What comes until `end` is in it, the connection is closed, or nothing came for ten seconds.
  std::string receive(const std::string& end = "") {
    while (end.empty() || received_.find(end) == std::string::npos) {
      pollfd readable = {socket_.get(), POLLIN, 0};
      if (::poll(&readable, 1, 10000) <= 0) return received_ + "(nothing more came)";
      char block[4096];
      const ssize_t count = ::recv(socket_.get(), block, sizeof(block), 0);
      if (count <= 0) break;
      received_.append(block, static_cast<std::size_t>(count));
    }
    return std::exchange(received_, "");
  }
  void close() { socket_ = Descriptor(); }

 private:
  Descriptor socket_;
  bool is_connected_ = false;
  std::string received_;
};

/// Answers at once with what it was asked; under /later when the test says so.
struct EchoServer {
  std::mutex mutex;
  std::vector<std::shared_ptr<HttpExchange>> later;
  std::atomic<int> num_gone = 0;
  HttpServer server;

  explicit EchoServer(HttpServerOptions options = {})
      : server(with_free_port(options),
               [this](HttpRequest request, const std::shared_ptr<HttpExchange>& exchange) {
                 handle(std::move(request), exchange);
               }) {}

  static HttpServerOptions with_free_port(HttpServerOptions options) {
    options.port = 0;
    return options;
  }
  void handle(HttpRequest request, const std::shared_ptr<HttpExchange>& exchange) {
    if (request.path == "/later") {
      exchange->when_gone([this] { ++num_gone; });
      const std::scoped_lock lock(mutex);
      later.push_back(exchange);
      return;
    }
    std::string query;
    for (const auto& [name, value] : request.query)
      query += "?" + name + "=" + value;
    exchange->respond({200, "text/plain",
                       request.method + " " + request.path + query + " [" + request.body + "]"});
  }
  std::shared_ptr<HttpExchange> waiting(std::size_t number) {
    EXPECT_TRUE(wait_for([&] {
      const std::scoped_lock lock(mutex);
      return later.size() > number;
    }));
    const std::scoped_lock lock(mutex);
    return later.at(number);
  }
  std::string ask(std::string_view text, const std::string& end = "") {
    RawClient client(server.port());
    EXPECT_TRUE(client.is_connected());
    client.send(text);
    return client.receive(end);
  }
  /// Whether it still answers.
  void expect_alive() {
    EXPECT_NE(ask("GET /alive HTTP/1.1\r\nHost: x\r\n\r\n", "[]").find("GET /alive []"),
              std::string::npos);
  }
};

std::string status_of(const std::string& response) {
  return response.starts_with("HTTP/1.") ? response.substr(9, 3) : "none";
}

TEST(HttpServerTest, AnswersRequestsOnOneConnection) {
  EchoServer echo;
  RawClient client(echo.server.port());
  client.send("GET /a%20b?x=1&y=%C3%A4 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.receive("[]").find("GET /a b?x=1?y=ä []"), std::string::npos);
  client.send("POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_NE(client.receive("]").find("POST /c [hello]"), std::string::npos);
  client.send(
      "POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_NE(client.receive("]").find("POST /d [abcde]"), std::string::npos);
  // Two at once.
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string both = client.receive("/2 []");
  EXPECT_LT(both.find("GET /1 []"), both.find("GET /2 []"));
  EXPECT_TRUE(wait_for([&] { return echo.server.state().requests == 0; }));
  EXPECT_EQ(echo.server.state().connections, 1U);
}

TEST(HttpServerTest, SaysWhyItCannotListen) {
  EchoServer echo;
  HttpServerOptions options;
  options.port = echo.server.port();
  EXPECT_THROW(HttpServer(options, nullptr), UserError);
  options.host = "no.such.host.invalid";
  EXPECT_THROW(HttpServer(options, nullptr), UserError);
  options.host = "192.0.2.1";
  EXPECT_THROW(HttpServer(options, nullptr), UserError);
}

TEST(HttpServerTest, AnswersLaterAndInPieces) {
  EchoServer echo;
  RawClient first(echo.server.port());
  RawClient second(echo.server.port());
  first.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto one = echo.waiting(0);
  second.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto two = echo.waiting(1);
  two->respond({201, "text/plain", "two"});
  EXPECT_EQ(status_of(second.receive("two")), "201");
  one->begin_stream({200, "text/event-stream", "begin"});
  EXPECT_NE(first.receive("begin").find("text/event-stream"), std::string::npos);
  std::this_thread::sleep_for(30ms);
  one->send("middle");
  EXPECT_NE(first.receive("middle").find("middle"), std::string::npos);
  one->send(std::string(100000, 'x'));
  one->end_stream();
  one->send("too late");
  const std::string rest = first.receive("\r\n0\r\n\r\n");
  EXPECT_EQ(std::count(rest.begin(), rest.end(), 'x'), 100000);
  EXPECT_EQ(rest.find("too late"), std::string::npos);
  first.send("GET /again HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(first.receive("[]").find("GET /again []"), std::string::npos);
  EXPECT_EQ(echo.num_gone, 0);
}

TEST(HttpServerTest, NoticesClientsThatLeave) {
  EchoServer echo;
  RawClient waiting(echo.server.port());
  waiting.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  echo.waiting(0);
  waiting.close();
  EXPECT_TRUE(wait_for([&] { return echo.num_gone == 1; }));
  RawClient reading(echo.server.port());
  reading.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto exchange = echo.waiting(1);
  exchange->begin_stream({200, "text/plain", "begin"});
  reading.receive("begin");
  reading.close();
  EXPECT_TRUE(wait_for([&] { return echo.num_gone == 2; }));
  exchange->send("to nobody");
  exchange->end_stream();
  EXPECT_TRUE(wait_for([&] { return echo.server.state().connections == 0; }));
}

TEST(HttpServerTest, RefusesLargeBodies) {
  HttpServerOptions options;
  options.body_bytes = 1000;
  EchoServer echo(options);
  const std::string start = "POST /a HTTP/1.1\r\nHost: x\r\n";
  for (const char* length : {"1001", "1073741824", "99999999999999999999999999"}) {
    const std::string answer = echo.ask(start + "Content-Length: " + length + "\r\n\r\n");
    EXPECT_TRUE(status_of(answer) == "413" || status_of(answer) == "400") << answer;
  }
  const std::string expected =
      echo.ask(start + "Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(expected), "413");
  const std::string chunk = "1f4\r\n" + std::string(500, 'a') + "\r\n";
  const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(status_of(echo.ask(chunked + chunk + chunk + "0\r\n\r\n", "]")), "200");
  EXPECT_EQ(status_of(echo.ask(chunked + chunk + chunk + chunk + "0\r\n\r\n")), "413");
  // One that never ends is cut off.
  RawClient endless(echo.server.port());
  endless.send(chunked);
  bool was_cut = false;
  for (int i = 0; i < 100000 && !was_cut; ++i)
    was_cut = !endless.send(chunk);
  EXPECT_TRUE(was_cut);
  echo.expect_alive();
  EXPECT_GE(echo.server.state().refused, 5U);
}

TEST(HttpServerTest, BoundsAllBodiesTogether) {
  HttpServerOptions options;
  options.all_body_bytes = 2500;
  EchoServer echo(options);
  const std::string start = "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n";
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<RawClient>(echo.server.port()));
    clients.back()->send(start + std::string(1000, 'a'));
    echo.waiting(i);
  }
  EXPECT_EQ(status_of(echo.ask(start + std::string(1000, 'a'))), "503");
  for (std::size_t i = 0; i < 2; ++i)
    echo.waiting(i)->respond({200, "text/plain", "done"});
  EXPECT_TRUE(wait_for([&] { return echo.server.state().requests == 0; }));
  RawClient again(echo.server.port());
  again.send(start + std::string(1000, 'a'));
  echo.waiting(2)->respond({200, "text/plain", "done"});
  EXPECT_EQ(status_of(again.receive("done")), "200");
}

TEST(HttpServerTest, RefusesWhatIsNotHttp) {
  HttpServerOptions options;
  options.header_time = 300ms;
  options.body_time = 300ms;
  EchoServer echo(options);
  const std::string start = "POST /a HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::string> requests = {
      "\r\n\r\n\r\n",
      "nonsense\r\n\r\n",
      "GET\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      std::string(100, '\0'),
      "GET / HTTP/1.1\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "GET /" + std::string(100000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(100000, 'a') + "\r\n\r\n",
      start + "Content-Length: -1\r\n\r\n",
      start + "Content-Length: 5, 6\r\n\r\nhello",
      start + "Content-Length: 0x5\r\n\r\nhello",
      start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      start + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
      start + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
      start + "Content-Length: 5\r\n\r\nhel"};
  for (const std::string& request : requests) {
    const std::string answer = echo.ask(request);
    const std::string status = status_of(answer);
    EXPECT_TRUE(status == "none" || status[0] == '4' || status[0] == '5')
        << request.substr(0, 80) << "\n"
        << answer;
    EXPECT_EQ(answer.find("(nothing more came)"), std::string::npos) << request.substr(0, 80);
    EXPECT_EQ(answer.find("hello"), std::string::npos) << request.substr(0, 80);
  }
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 5000; ++i)
    many += "A" + std::to_string(i) + ": b\r\n";
  EXPECT_NE(status_of(echo.ask(many + "\r\n")), "200");
  echo.expect_alive();
}

TEST(HttpServerTest, EndsSlowConnections) {
  HttpServerOptions options;
  options.header_time = 300ms;
  options.body_time = 300ms;
  options.idle_time = 300ms;
  EchoServer echo(options);
  const auto seconds_of = [&](const std::string& start, char drop) {
    RawClient client(echo.server.port());
    client.send(start);
    const auto begin = std::chrono::steady_clock::now();
    while (client.send({&drop, 1}) && std::chrono::steady_clock::now() < begin + 8s)
      std::this_thread::sleep_for(20ms);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  EXPECT_LT(seconds_of("GET / HTTP/1.1\r\nHost: ", 'a'), 5);
  EXPECT_LT(seconds_of("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n", 'a'), 5);
  EXPECT_LT(seconds_of("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", '1'), 5);
  RawClient idle(echo.server.port());
  idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(idle.receive().find("GET /a []"), std::string::npos);  // until it is closed
  EXPECT_GE(echo.server.state().refused, 4U);
  echo.expect_alive();
}

TEST(HttpServerTest, SlowClientsDoNotBlockOthers) {
  EchoServer echo;
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<RawClient>(echo.server.port()));
    slow.back()->send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i)
    echo.expect_alive();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(HttpServerTest, EndsConnectionsThatDoNotReadTheirResponse) {
  HttpServerOptions options;
  options.response_time = 300ms;
  EchoServer echo(options);
  RawClient client(echo.server.port());
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  echo.waiting(0)->respond({200, "text/plain", std::string(std::size_t{32} << 20, 'x')});
  EXPECT_TRUE(wait_for([&] { return echo.server.state().connections == 0; }));
  EXPECT_EQ(echo.num_gone, 1);
}

TEST(HttpServerTest, FinishesWhatItHasAccepted) {
  EchoServer echo;
  RawClient client(echo.server.port());
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto exchange = echo.waiting(0);
  RawClient idle(echo.server.port());
  idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.receive("[]");
  echo.server.stop_listening();
  EXPECT_FALSE(RawClient(echo.server.port()).is_connected());
  EXPECT_FALSE(echo.server.finish(20ms));
  idle.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string last = idle.receive();
  EXPECT_NE(last.find("Connection: close"), std::string::npos);
  EXPECT_NE(last.find("GET /b []"), std::string::npos);
  exchange->respond({200, "text/plain", "done"});
  EXPECT_TRUE(echo.server.finish(5s));
  EXPECT_EQ(status_of(client.receive("done")), "200");
}

TEST(HttpServerTest, EndsWithRequestsOpen) {
  std::shared_ptr<HttpExchange> kept;
  std::optional<RawClient> client;
  {
    EchoServer echo;
    client.emplace(echo.server.port());
    client->send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    kept = echo.waiting(0);
  }
  EXPECT_EQ(status_of(client->receive()), "503");
  kept->respond({200, "text/plain", "too late"});
}

}  // namespace
}  // namespace regard
