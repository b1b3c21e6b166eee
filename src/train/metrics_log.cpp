#include "regard/train/metrics_log.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/report/event_file.h"
#include "regard/report/svg_chart.h"
#include "regard/train/training_options.h"

namespace regard {

using Json = nlohmann::json;

struct MetricsLog::Files {
  std::ofstream lines;
  EventFileWriter events;

  explicit Files(const std::filesystem::path& run, double now)
      : lines(run / run_layout::kMetrics, std::ios::app), events(run, now) {}
};

namespace {

double now() {
  using std::chrono::duration;
  return duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string to_line(const MetricsRecord& record) {
  Json json = {{"kind", record.kind}, {"update", record.update}};
  for (const auto& [name, value] : record.values)
    json[name] = value;
  return json.dump() + "\n";
}

/// The records of an earlier session up to `update`. A line that cannot be read (a crash cut it)
/// ends them.
std::vector<MetricsRecord> read_records(const std::filesystem::path& path, std::int64_t update) {
  std::vector<MetricsRecord> records;
  if (!std::filesystem::exists(path)) return records;
  for (const std::string& line : split(read_file(path), '\n')) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("kind") || !json.contains("update")) break;
    MetricsRecord record{json["kind"], json["update"], {}};
    for (const auto& [name, value] : json.items()) {
      if (value.is_number() && name != "update") record.values[name] = value.get<double>();
    }
    if (record.update <= update) records.push_back(std::move(record));
  }
  return records;
}

ChartSeries series_of(const std::vector<MetricsRecord>& records, const std::string& kind,
                      const std::string& value, const std::string& name) {
  ChartSeries series{name};
  for (const MetricsRecord& record : records) {
    const auto found = record.values.find(value);
    if (record.kind != kind || found == record.values.end()) continue;
    series.x.push_back(static_cast<double>(record.update));
    series.y.push_back(found->second);
  }
  series.has_markers = kind == "valid";
  return series;
}

/// "news.bleu", where there are several validation texts.
bool is_of_one_text(const std::string& name) {
  return !split_metric(name).text.empty();
}

/// The names of a metric's curves: those of each text where there are several, and the mean where
/// it decides.
std::vector<std::string> names_of(const std::set<std::string>& names, const std::string& metric,
                                  const std::string& deciding) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    const MetricName parts = split_metric(name);
    const bool is_mean = parts.text == "mean" && name != deciding;
    if (parts.metric == metric && !parts.text.empty() && !is_mean) found.push_back(name);
  }
  if (found.empty() && names.contains(metric)) found.push_back(metric);
  return found;
}

void mark_best(ChartSeries& series, bool lower_is_better) {
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (!series.highlight) series.highlight = i;
    const double best = series.y[*series.highlight];
    if (lower_is_better ? series.y[i] < best : series.y[i] > best) series.highlight = i;
  }
}

}  // namespace

bool is_lower_better(const std::string& name) {
  const std::string metric = split_metric(name).metric;
  return metric == "loss" || metric == "perplexity" || metric == "ter" || metric == "mse";
}

MetricsLog::MetricsLog(std::filesystem::path run, std::int64_t update, std::string deciding_metric)
    : run_(std::move(run)), deciding_metric_(std::move(deciding_metric)) {
  records_ = read_records(run_ / run_layout::kMetrics, update);
  std::string kept;
  for (const MetricsRecord& record : records_)
    kept += to_line(record);
  write_file_atomically(run_ / run_layout::kMetrics, kept);
  files_ = std::make_unique<Files>(run_, now());
  if (update > 0 || !records_.empty()) files_->events.start_session(update + 1, now());
}

MetricsLog::~MetricsLog() = default;

void MetricsLog::add(MetricsRecord record) {
  errno = 0;
  files_->lines << to_line(record) << std::flush;
  if (!files_->lines) {
    throw RunError(
        SourceSpot{(run_ / run_layout::kMetrics).string()},
        str("cannot be written", errno == 0 ? "" : ": ", errno == 0 ? "" : std::strerror(errno)));
  }
  for (const auto& [name, value] : record.values) {
    files_->events.scalar(record.kind + "/" + name, record.update, value, now());
  }
  files_->events.flush();
  records_.push_back(std::move(record));
}

void MetricsLog::draw() const {
  Chart chart;
  chart.title = run_.filename().string();
  ChartPanel loss{"Loss", "updates", "per subword"};
  loss.series = {series_of(records_, "train", "loss", "training (smoothed)"),
                 series_of(records_, "valid", "loss", "validation")};
  if (deciding_metric_ == "loss") mark_best(loss.series[1], true);
  ChartPanel scores{"Translation of the validation text", "updates", "score"};
  std::set<std::string> names;
  for (const MetricsRecord& record : records_) {
    if (record.kind != "valid") continue;
    for (const auto& item : record.values)
      names.insert(item.first);
  }
  if (std::any_of(names.begin(), names.end(), is_of_one_text)) loss.series.pop_back();
  for (const std::string& name : names_of(names, "loss", deciding_metric_)) {
    if (name == "loss") continue;
    loss.series.push_back(series_of(records_, "valid", name, name));
    if (name == deciding_metric_) mark_best(loss.series.back(), true);
  }
  for (const char* metric : {"bleu", "chrf", "chrf++", "ter"}) {
    for (const std::string& name : names_of(names, metric, deciding_metric_)) {
      scores.series.push_back(series_of(records_, "valid", name, name));
      if (name == deciding_metric_) mark_best(scores.series.back(), is_lower_better(metric));
    }
  }
  ChartPanel rate{"Learning rate", "updates", ""};
  rate.series = {series_of(records_, "train", "learning_rate", "learning rate")};
  ChartPanel speed{"Speed", "updates", "target subwords / s"};
  speed.series = {series_of(records_, "train", "tokens_per_second", "training speed")};
  chart.panels = {loss, scores, rate, speed};
  write_file_atomically(run_ / run_layout::kCurves, to_svg(chart));
}

}  // namespace regard
