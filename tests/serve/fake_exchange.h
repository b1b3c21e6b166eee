#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "regard/serve/http.h"

namespace regard {

/// Keeps the response.
class FakeExchange : public HttpExchange {
 public:
  void respond(HttpResponse response) override {
    const std::scoped_lock lock(mutex_);
    ++num_responses_;
    response_ = std::move(response);
    has_ended_ = true;
    gone_.clear();
  }
  void begin_stream(HttpResponse head) override {
    const std::scoped_lock lock(mutex_);
    ++num_responses_;
    response_ = std::move(head);
  }
  void send(std::string piece) override {
    const std::scoped_lock lock(mutex_);
    response_->body += piece;
  }
  void end_stream() override {
    const std::scoped_lock lock(mutex_);
    has_ended_ = true;
    gone_.clear();
  }
  void when_gone(std::function<void()> call) override {
    const std::scoped_lock lock(mutex_);
    if (!has_ended_) gone_.push_back(std::move(call));
  }

  void go() {
    std::vector<std::function<void()>> calls;
    {
      const std::scoped_lock lock(mutex_);
      calls.swap(gone_);
    }
    for (const auto& call : calls)
      call();
  }
  bool has_ended() const {
    const std::scoped_lock lock(mutex_);
    return has_ended_;
  }
  int num_responses() const {
    const std::scoped_lock lock(mutex_);
    return num_responses_;
  }
  HttpResponse response() const {
    const std::scoped_lock lock(mutex_);
    return response_.value();
  }

 private:
  mutable std::mutex mutex_;
  std::optional<HttpResponse> response_;
  std::vector<std::function<void()>> gone_;
  bool has_ended_ = false;
  int num_responses_ = 0;
};

}  // namespace regard
