#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace regard {

/// One line of metrics.jsonl: what was measured at an update.
struct MetricsRecord {
  std::string kind;  ///< "train" or "valid"
  std::int64_t update = 0;
  std::map<std::string, double> values;
};

/// In place of an update: nothing of an earlier session counts, not even what came before update 1.
constexpr std::int64_t kNewRun = -1;

/// The measurements of a run: metrics.jsonl, a picture of the curves, and event files for
/// TensorBoard.
class MetricsLog {
 public:
  /// Reads what an earlier session wrote and cuts it back to updates <= `update`, so that a resumed
  /// run repeats nothing. `deciding_metric` is marked at its best in the picture.
  MetricsLog(std::filesystem::path run, std::int64_t update, std::string deciding_metric);
  ~MetricsLog();

  void add(MetricsRecord record);
  /// Draws curves.svg again.
  void draw() const;
  const std::vector<MetricsRecord>& records() const { return records_; }

 private:
  struct Files;
  std::filesystem::path run_;
  std::string deciding_metric_;
  std::vector<MetricsRecord> records_;
  std::unique_ptr<Files> files_;
};

/// True for metrics that fall as the model gets better.
bool is_lower_better(const std::string& metric);

}  // namespace regard
