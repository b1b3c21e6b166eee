#include "regard/serve/http_server.h"

#include <atomic>
#include <condition_variable>
#include <microhttpd.h>
#include <mutex>
#include <sys/socket.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "connection_watch.h"
#include "http_exchange.h"
#include "http_status.h"
#include "listening_socket.h"

namespace regard {

/// A request that is being received, or answered.
struct HttpCall {
  HttpRequest request;
  std::shared_ptr<ConnectionExchange> exchange;
  int refusal = 0;          ///< a status
  std::size_t dropped = 0;  ///< bytes of a body that is refused
  std::size_t budget = 0;   ///< bytes of all bodies that this one has taken
  bool is_handled = false;
};

namespace {

MHD_Result add_header(void* request, MHD_ValueKind /*kind*/, const char* name, const char* value) {
  std::string small(name);
  for (char& c : small)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  auto& headers = static_cast<HttpRequest*>(request)->headers;
  const auto [place, is_new] = headers.emplace(small, value == nullptr ? "" : value);
  if (!is_new) place->second += str(", ", value == nullptr ? "" : value);
  return MHD_YES;
}

MHD_Result add_parameter(void* request, MHD_ValueKind /*kind*/, const char* name,
                         const char* value) {
  static_cast<HttpRequest*>(request)->query.emplace(name, value == nullptr ? "" : value);
  return MHD_YES;
}

/// The status that a request is refused with for its headers; 0 = it is not.
int refusal_of(const HttpRequest& request, std::size_t most_body) {
  const std::string_view length = request.header("content-length");
  const std::string_view coding = request.header("transfer-encoding");
  const std::string_view packing = request.header("content-encoding");
  if (!length.empty() && !coding.empty()) return http_status::kBadRequest;
  if (length.find_first_not_of("0123456789") != std::string_view::npos)
    return http_status::kBadRequest;
  if (!coding.empty() && coding != "chunked") return http_status::kNotImplemented;
  if (!packing.empty() && packing != "identity") return http_status::kUnsupportedType;
  const bool is_long =
      length.size() > 18 || (!length.empty() && std::stoull(std::string(length)) > most_body);
  return is_long ? http_status::kTooLarge : 0;
}

HttpResponse refusal_response(int status) {
  const char* reason =
      status == http_status::kTooLarge          ? "The request is too large"
      : status == http_status::kUnsupportedType ? "Compressed requests are not supported"
      : status == http_status::kUnavailable     ? "The server is busy"
      : status == http_status::kNotImplemented  ? "This transfer encoding is not supported"
                                                : "The request is malformed";
  HttpResponse response{status, "application/json", str("{\"error\":\"", reason, "\"}")};
  response.headers.emplace_back("Connection", "close");
  if (status == http_status::kUnavailable) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, HttpHandler handler)
      : options_(options),
        handler_(std::move(handler)),
        listening_(listen_on(options.host, options.port)) {
    daemon_ = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, nullptr, nullptr,
        &Impl::on_access, this, MHD_OPTION_LISTEN_SOCKET,
        static_cast<MHD_socket>(listening_.descriptor.get()), MHD_OPTION_NOTIFY_COMPLETED,
        &Impl::on_completed, this, MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this,
        MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(options.connections),
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, static_cast<unsigned>(options.connections_per_address),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, options.header_bytes + kBuffers,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (daemon_ == nullptr) throw RunError("the HTTP server did not start");
    listening_.descriptor.release();  // it is the daemon's
  }

  ~Impl() {
    stop_listening();
    lose_all();
    finish(std::chrono::seconds(1));
    MHD_stop_daemon(daemon_);
  }

  const ListeningSocket& listening() const { return listening_; }

  HttpServerState state() const {
    const std::scoped_lock lock(mutex_);
    return {watch_.size(), calls_.size(), refused_ + watch_.num_ended()};
  }

  void stop_listening() {
    if (is_stopping_.exchange(true)) return;
    // Closed when the daemon has ended: its thread may be about to use it, and the number could be
    // another file by then. Shut down, it refuses connections at once.
    listening_.descriptor = Descriptor(MHD_quiesce_daemon(daemon_));
    ::shutdown(listening_.descriptor.get(), SHUT_RDWR);
  }

  bool finish(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    return is_idle_.wait_for(lock, longest, [this] { return calls_.empty(); });
  }

 private:
  static constexpr std::size_t kBuffers = 16384;  // for responses, of the library

  void lose_all() {
    std::vector<std::shared_ptr<ConnectionExchange>> open;
    {
      const std::scoped_lock lock(mutex_);
      for (HttpCall* call : calls_)
        open.push_back(call->exchange);
    }
    for (const auto& exchange : open) {
      HttpResponse response = refusal_response(http_status::kUnavailable);
      response.body = R"({"error":"The server is shutting down"})";
      exchange->respond(std::move(response));
      exchange->end_stream();
    }
  }

  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode what) {
    Impl& server = *static_cast<Impl*>(self);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
      const int socket =
          MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
      *context = server.watch_.add(socket, server.options_.header_time);
    } else if (*context != nullptr) {
      server.watch_.remove(static_cast<WatchedConnection*>(*context));
      *context = nullptr;
    }
  }

  static WatchedConnection* watched(MHD_Connection* connection) {
    return static_cast<WatchedConnection*>(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
  }

  static MHD_Result on_access(void* self, MHD_Connection* connection, const char* url,
                              const char* method, const char* /*version*/, const char* data,
                              std::size_t* size, void** context) {
    Impl& server = *static_cast<Impl*>(self);
    try {
      if (*context == nullptr) return server.begin(connection, url, method, context);
      auto& call = *static_cast<HttpCall*>(*context);
      if (*size > 0) {
        const std::size_t count = std::exchange(*size, 0);
        return server.receive(call, {data, count}) ? MHD_YES : MHD_NO;
      }
      return server.proceed(call);
    } catch (const std::exception&) {
      return MHD_NO;  // out of memory: the connection ends
    }
  }

  MHD_Result begin(MHD_Connection* connection, const char* url, const char* method,
                   void** context) {
    watch_.allow(watched(connection), options_.body_time);
    auto call = std::make_unique<HttpCall>();
    call->request.method = method;
    call->request.path = url;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, &add_header, &call->request);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &add_parameter, &call->request);
    call->request.peer = address_text(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    call->exchange = std::make_shared<ConnectionExchange>(ExchangeSetup{
        connection, watched(connection), watch_, options_.response_time, is_stopping_});
    call->refusal = refusal_of(call->request, options_.body_bytes);
    HttpCall& begun = *call;
    {
      const std::scoped_lock lock(mutex_);
      calls_.push_back(call.get());
    }
    *context = call.release();
    return begun.refusal == 0 ? MHD_YES : refuse(begun);
  }

  /// Before the body came: it is not read.
  MHD_Result refuse(HttpCall& call) {
    ++refused_;
    call.is_handled = true;
    call.exchange->respond(refusal_response(call.refusal));
    return call.exchange->proceed();
  }

  /// False when the connection shall end: too much comes that is dropped.
  bool receive(HttpCall& call, std::string_view data) {
    std::string& body = call.request.body;
    if (call.refusal == 0 && body.size() + data.size() > options_.body_bytes)
      call.refusal = http_status::kTooLarge;
    if (call.refusal == 0 && all_bodies_ + data.size() > options_.all_body_bytes)
      call.refusal = http_status::kUnavailable;
    if (call.refusal == 0) {
      body += data;
      call.budget += data.size();
      all_bodies_ += data.size();
      return true;
    }
    free_body(call);
    call.dropped += data.size();
    if (call.dropped <= options_.body_bytes) return true;
    ++refused_;
    return false;
  }

  void free_body(HttpCall& call) {
    all_bodies_ -= std::exchange(call.budget, 0);
    call.request.body = std::string();
  }

  MHD_Result proceed(HttpCall& call) {
    if (call.refusal != 0 && !call.is_handled) return refuse(call);
    if (!std::exchange(call.is_handled, true)) handler_(std::move(call.request), call.exchange);
    return call.exchange->proceed();
  }

  static void on_completed(void* self, MHD_Connection* connection, void** context,
                           MHD_RequestTerminationCode how) {
    if (*context == nullptr) return;
    Impl& server = *static_cast<Impl*>(self);
    const std::unique_ptr<HttpCall> call(static_cast<HttpCall*>(*context));
    *context = nullptr;
    server.free_body(*call);
    call->exchange->complete(how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    if (WatchedConnection* still = watched(connection))
      server.watch_.allow(still, server.options_.idle_time);
    const std::scoped_lock lock(server.mutex_);
    std::erase(server.calls_, call.get());
    if (server.calls_.empty()) server.is_idle_.notify_all();
  }

  const HttpServerOptions options_;
  const HttpHandler handler_;
  ListeningSocket listening_;
  ConnectionWatch watch_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<std::uint64_t> refused_ = 0;
  std::size_t all_bodies_ = 0;  ///< bytes; of the thread of the connections alone
  mutable std::mutex mutex_;
  std::condition_variable is_idle_;
  std::vector<HttpCall*> calls_;
  MHD_Daemon* daemon_ = nullptr;
};

HttpServer::HttpServer(const HttpServerOptions& options, HttpHandler handler)
    : impl_(std::make_unique<Impl>(options, std::move(handler))) {}

HttpServer::~HttpServer() = default;

std::string HttpServer::url() const {
  return str("http://", impl_->listening().host, ":", impl_->listening().port);
}

int HttpServer::port() const {
  return impl_->listening().port;
}

HttpServerState HttpServer::state() const {
  return impl_->state();
}

void HttpServer::stop_listening() {
  impl_->stop_listening();
}

bool HttpServer::finish(std::chrono::milliseconds longest) {
  return impl_->finish(longest);
}

}  // namespace regard
