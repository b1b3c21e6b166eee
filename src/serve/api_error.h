#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace regard {

/// What a client is told instead of an answer.
class ApiError : public std::exception {
 public:
  ApiError(int status, std::string text, std::chrono::seconds retry_after = {})
      : status_(status), text_(std::move(text)), retry_after_(retry_after) {}

  const char* what() const noexcept override { return text_.c_str(); }
  int status() const { return status_; }
  std::chrono::seconds retry_after() const { return retry_after_; }  ///< 0 = it does not help

 private:
  int status_;
  std::string text_;
  std::chrono::seconds retry_after_;
};

}  // namespace regard
