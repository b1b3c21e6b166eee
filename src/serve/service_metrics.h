#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "regard/serve/http_server.h"
#include "regard/serve/scheduler.h"

namespace regard {

/// Counts of values up to some bounds, as Prometheus has them.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);
  void add(double value);
  /// Lines of the text format; `labels` such as `path="/translate"`, or "".
  void write(const std::string& name, const std::string& labels, std::string& text) const;

 private:
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;  ///< one more than bounds
  double sum_ = 0;
  std::uint64_t count_ = 0;
};

/// What a service counts, and how Prometheus reads it (text format 0.0.4). Thread-safe.
class ServiceMetrics {
 public:
  ServiceMetrics();
  void add_request(const std::string& path, int status, double seconds);
  void add_characters(std::size_t count);
  void add_cut_sentences(std::size_t count);
  void add_batch(const BatchFacts& facts);
  std::string text(const SchedulerState& scheduler, const HttpServerState& server,
                   const std::vector<ModelState>& models) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, Histogram> seconds_;  ///< by path
  Histogram batch_sentences_;
  Histogram batch_jobs_;
  Histogram batch_seconds_;
  Histogram waits_;
  std::uint64_t characters_ = 0;
  std::uint64_t sentences_ = 0;
  std::uint64_t tokens_ = 0;
  std::uint64_t cut_ = 0;
};

}  // namespace regard
