#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "regard/serve/service.h"

#include "access_log.h"
#include "rate_limiter.h"
#include "service_metrics.h"

namespace regard {

/// What the functions of the API share.
struct ServiceParts {
  ServiceParts(ServiceOptions given, std::shared_ptr<const TranslationBackend> first, Logger& where)
      : options(std::move(given)),
        logger(where),
        access_log(options.access_log),
        backend_(std::move(first)),
        keys_(std::make_shared<const ApiKeys>(options.keys)) {}

  std::shared_ptr<const TranslationBackend> backend() const {
    const std::scoped_lock lock(mutex_);
    return backend_;
  }
  void set_backend(std::shared_ptr<const TranslationBackend> next) {
    const std::scoped_lock lock(mutex_);
    backend_.swap(next);  // the old one ends outside of the lock
  }
  std::shared_ptr<const ApiKeys> keys() const {
    const std::scoped_lock lock(mutex_);
    return keys_;
  }
  void set_keys(ApiKeys next) {
    const std::scoped_lock lock(mutex_);
    keys_ = std::make_shared<const ApiKeys>(std::move(next));
  }

  const ServiceOptions options;
  Logger& logger;
  AccessLog access_log;
  RateLimiter limiter;
  ServiceMetrics metrics;
  std::function<HttpServerState()> server_state;
  std::mutex suggestions;  ///< held while the file is appended to
  Scheduler* scheduler = nullptr;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const TranslationBackend> backend_;
  std::shared_ptr<const ApiKeys> keys_;
};

}  // namespace regard
