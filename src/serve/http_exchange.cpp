#include "http_exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http_status.h"

namespace regard {
namespace {

using Shared = std::shared_ptr<ConnectionExchange>;

void forget(void* self) {
  delete static_cast<Shared*>(self);
}

}  // namespace

void ConnectionExchange::send(std::string piece) {
  const std::scoped_lock lock(mutex_);
  if (has_ended_ || is_gone_) return;
  body_ += piece;
  wake();
}

void ConnectionExchange::end_stream() {
  const std::scoped_lock lock(mutex_);
  if (has_ended_) return;
  has_ended_ = true;
  if (!is_complete_) setup_.watch.allow(setup_.watched, setup_.response_time);
  wake();
}

void ConnectionExchange::when_gone(std::function<void()> call) {
  {
    const std::scoped_lock lock(mutex_);
    if (!is_gone_) {
      if (!is_complete_) on_gone_.push_back(std::move(call));
      return;
    }
  }
  call();
}

void ConnectionExchange::lose() {
  std::vector<std::function<void()>> calls;
  {
    const std::scoped_lock lock(mutex_);
    if (is_gone_ || is_complete_) return;
    is_gone_ = true;
    calls.swap(on_gone_);
    if (!response_) response_ = HttpResponse{http_status::kClosedByClient, "text/plain", ""};
    has_ended_ = true;
    wake();
  }
  for (const auto& call : calls)
    call();
}

MHD_Result ConnectionExchange::proceed() {
  {
    const std::scoped_lock lock(mutex_);
    if (!response_) {
      setup_.watch.wait(setup_.watched, weak_from_this());
      suspend();
      return MHD_YES;
    }
    if (has_ended_) setup_.watch.allow(setup_.watched, setup_.response_time);
  }
  // Without the lock: the library has locks of its own. What was answered does not change any more.
  return queue();
}

void ConnectionExchange::complete(bool is_whole) {
  std::vector<std::function<void()>> calls;
  {
    const std::scoped_lock lock(mutex_);
    is_complete_ = true;
    if (!is_whole && !is_gone_) {
      is_gone_ = true;
      calls.swap(on_gone_);
    }
    on_gone_.clear();
  }
  for (const auto& call : calls)
    call();
}

void ConnectionExchange::answer(HttpResponse response, bool is_stream) {
  const std::scoped_lock lock(mutex_);
  if (response_) return;
  body_ = std::move(response.body);
  response_ = std::move(response);
  is_stream_ = is_stream;
  has_ended_ = !is_stream;
  wake();
}

void ConnectionExchange::suspend() {
  is_suspended_ = true;
  MHD_suspend_connection(setup_.connection);
}

void ConnectionExchange::wake() {
  if (!is_suspended_ || is_complete_) return;
  is_suspended_ = false;
  MHD_resume_connection(setup_.connection);
}

MHD_Response* ConnectionExchange::make_response() {
  if (!is_stream_)
    return MHD_create_response_from_buffer(body_.size(), body_.data(), MHD_RESPMEM_MUST_COPY);
  constexpr std::size_t kBlock = 16384;
  return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kBlock, &ConnectionExchange::read,
                                           new Shared(shared_from_this()), &forget);
}

MHD_Result ConnectionExchange::queue() {
  MHD_Response* made = make_response();
  if (made == nullptr) return MHD_NO;
  MHD_add_response_header(made, "Content-Type", response_->type.c_str());
  bool closes = setup_.is_stopping;
  for (const auto& [name, value] : response_->headers) {
    MHD_add_response_header(made, name.c_str(), value.c_str());
    closes = closes && name != "Connection";
  }
  if (closes) MHD_add_response_header(made, "Connection", "close");
  const MHD_Result queued =
      MHD_queue_response(setup_.connection, static_cast<unsigned>(response_->status), made);
  MHD_destroy_response(made);
  return queued;
}

ssize_t ConnectionExchange::read(void* self, std::uint64_t /*position*/, char* buffer,
                                 std::size_t most) {
  ConnectionExchange& exchange = **static_cast<Shared*>(self);
  const std::scoped_lock lock(exchange.mutex_);
  if (exchange.is_gone_) return MHD_CONTENT_READER_END_WITH_ERROR;
  std::string& body = exchange.body_;
  if (body.empty() && exchange.has_ended_) return MHD_CONTENT_READER_END_OF_STREAM;
  if (body.empty()) {
    exchange.setup_.watch.wait(exchange.setup_.watched, exchange.weak_from_this());
    exchange.suspend();
    return 0;
  }
  const std::size_t count = std::min(most, body.size());
  std::memcpy(buffer, body.data(), count);
  body.erase(0, count);
  return static_cast<ssize_t>(count);
}

}  // namespace regard
