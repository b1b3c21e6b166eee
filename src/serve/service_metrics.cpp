#include "service_metrics.h"

#include <algorithm>
#include <tuple>

#include "regard/core/strings.h"
#include "regard/core/version.h"

namespace regard {
namespace {

const std::vector<double> kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                      0.25,  0.5,    1,     2.5,  5,     10,   30};
const std::vector<double> kCounts = {1, 2, 4, 8, 16, 32, 64, 128, 256};

void describe(const char* name, const char* kind, const char* help, std::string& text) {
  text += str("# HELP ", name, " ", help, "\n# TYPE ", name, " ", kind, "\n");
}

/// In braces, if there are any.
std::string braces(const std::string& labels) {
  return labels.empty() ? "" : str("{", labels, "}");
}

void write_value(const char* name, const char* kind, const char* help, double value,
                 std::string& text) {
  describe(name, kind, help, text);
  text += str(name, " ", format_shortest(value), "\n");
}

std::string escape_label(const std::string& value) {
  std::string result;
  for (const char c : value) {
    if (c == '\\' || c == '"') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

void Histogram::add(double value) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  ++counts_[static_cast<std::size_t>(bound - bounds_.begin())];
  sum_ += value;
  ++count_;
}

void Histogram::write(const std::string& name, const std::string& labels, std::string& text) const {
  const std::string separator = labels.empty() ? "" : ",";
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    below += counts_[i];
    const std::string bound = i < bounds_.size() ? format_shortest(bounds_[i]) : "+Inf";
    text += str(name, "_bucket{", labels, separator, "le=\"", bound, "\"} ", below, "\n");
  }
  text += str(name, "_sum", braces(labels), " ", format_shortest(sum_), "\n");
  text += str(name, "_count", braces(labels), " ", count_, "\n");
}

ServiceMetrics::ServiceMetrics()
    : batch_sentences_(kCounts), batch_jobs_(kCounts), batch_seconds_(kSeconds), waits_(kSeconds) {}

void ServiceMetrics::add_request(const std::string& path, int status, double seconds) {
  const std::scoped_lock lock(mutex_);
  ++requests_[{path, status}];
  seconds_.try_emplace(path, kSeconds).first->second.add(seconds);
}

void ServiceMetrics::add_characters(std::size_t count) {
  const std::scoped_lock lock(mutex_);
  characters_ += count;
}

void ServiceMetrics::add_cut_sentences(std::size_t count) {
  const std::scoped_lock lock(mutex_);
  cut_ += count;
}

void ServiceMetrics::add_batch(const BatchFacts& facts) {
  const std::scoped_lock lock(mutex_);
  batch_sentences_.add(static_cast<double>(facts.sentences));
  batch_jobs_.add(static_cast<double>(facts.jobs));
  batch_seconds_.add(facts.seconds);
  if (facts.longest_wait > 0) waits_.add(facts.longest_wait);
  sentences_ += facts.sentences;
  tokens_ += static_cast<std::uint64_t>(facts.target_tokens);
}

std::string ServiceMetrics::text(const SchedulerState& scheduler, const HttpServerState& server,
                                 const std::vector<ModelState>& models) const {
  const std::scoped_lock lock(mutex_);
  std::string text;
  describe("regard_build_info", "gauge", "The program.", text);
  text += str("regard_build_info{version=\"", escape_label(program_version()), "\"} 1\n");
  describe("regard_requests_total", "counter", "Requests that were answered.", text);
  for (const auto& [key, count] : requests_) {
    text += str("regard_requests_total{path=\"", escape_label(key.first), "\",status=\"",
                key.second, "\"} ", count, "\n");
  }
  describe("regard_request_seconds", "histogram", "From the request to its answer.", text);
  for (const auto& [path, histogram] : seconds_)
    histogram.write("regard_request_seconds", str("path=\"", escape_label(path), "\""), text);
  const std::tuple<const char*, const char*, const Histogram&> histograms[] = {
      {"regard_batch_sentences", "Sentences in a batch.", batch_sentences_},
      {"regard_batch_requests", "Requests in a batch.", batch_jobs_},
      {"regard_batch_seconds", "Time of a batch.", batch_seconds_},
      {"regard_queue_seconds", "Wait of the oldest new request of a batch.", waits_}};
  for (const auto& [name, help, histogram] : histograms) {
    describe(name, "histogram", help, text);
    histogram.write(name, "", text);
  }
  const std::tuple<const char*, const char*, const char*, double> values[] = {
      {"regard_characters_total", "counter", "Characters that were translated.", characters_},
      {"regard_sentences_total", "counter", "Sentences that were translated.", sentences_},
      {"regard_target_tokens_total", "counter", "Subwords of translations.", tokens_},
      {"regard_cut_sentences_total", "counter", "Sentences too long for the model.", cut_},
      {"regard_refused_total", "counter", "Requests refused before they were read.",
       server.refused},
      {"regard_connections", "gauge", "Open connections.", server.connections},
      {"regard_requests_open", "gauge", "Requests without an answer yet.", server.requests},
      {"regard_queue_requests", "gauge", "Requests with sentences to translate.", scheduler.jobs},
      {"regard_queue_sentences", "gauge", "Sentences to translate.", scheduler.sentences},
      {"regard_queue_bytes", "gauge", "Bytes of requests to translate.", scheduler.bytes},
      {"regard_running_batches", "gauge", "Batches at work.", scheduler.running_batches}};
  for (const auto& [name, kind, help, value] : values)
    write_value(name, kind, help, value, text);
  describe("regard_model_loaded", "gauge", "Whether a model is in memory.", text);
  for (const ModelState& model : models) {
    text += str("regard_model_loaded{model=\"", escape_label(model.name), "\"} ",
                model.is_loaded ? 1 : 0, "\n");
  }
  return text;
}

}  // namespace regard
