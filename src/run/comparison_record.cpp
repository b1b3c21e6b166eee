#include "regard/run/comparison_record.h"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "regard/config/fields.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/run/config.h"
#include "regard/run/run_folder.h"

namespace regard {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

bool is_same_budget(const ComparisonPlan& plan, const Json& record) {
  return text_of(record, "budget_kind") == plan.budget_kind &&
         number_of(record, "budget") == plan.budget;
}

/// Keys that change neither what is learned nor what is measured.
bool is_harmless(const std::string& path) {
  return path == "output" || path == "training.log_every" || path == "validation.samples" ||
         path.starts_with("checkpoint.");
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

Json read_record(const fs::path& file) {
  std::error_code none;
  Json record = Json::object();
  if (fs::exists(file, none)) record = Json::parse(read_file(file), nullptr, false);
  if (!record.is_object()) {
    throw UserError(SourceSpot{file.string()}, "is damaged",
                    "remove it and the folder next to it, or choose another --output");
  }
  return record;
}

std::string text_of(const Json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<double> number_of(const Json& record, const char* key) {
  const auto found = record.find(key);
  if (found == record.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

void read_metrics(const fs::path& folder, std::int64_t model_update, Json& record) {
  std::vector<double> speeds;
  for (const std::string& line : split(read_file(folder / run_layout::kMetrics), '\n')) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    const std::optional<double> speed = number_of(json, "tokens_per_second");
    if (text_of(json, "kind") == "train" && speed) speeds.push_back(*speed);
    if (text_of(json, "kind") == "valid" &&
        number_of(json, "update") == static_cast<double>(model_update))
      record["perplexity"] = json.value("perplexity", Json());
  }
  if (!speeds.empty()) record["tokens_per_second"] = median(std::move(speeds));
}

void check_earlier_run(const ComparisonPlan& plan, const PlannedRun& run) {
  constexpr const char* kFix =
      "choose another --output, or remove that folder and the .json next to it";
  const std::string folder = run.folder.string();
  std::error_code none;
  const bool has_record = fs::exists(run.record_file(), none);
  if (!has_record && fs::exists(run.folder, none) && !fs::is_empty(run.folder, none))
    throw UserError(SourceSpot{folder}, "contains something that is not a run of a comparison",
                    kFix);
  if (has_record && !is_same_budget(plan, read_record(run.record_file())))
    throw UserError(SourceSpot{folder}, "contains a run with another budget", kFix);
  if (!fs::exists(run.folder / run_layout::kConfig, none)) return;
  std::vector<std::string> assignments = assignments_of(plan, run.seed);
  assignments.push_back(output_assignment(folder));
  const Config config = load_config(run.file, assignments).config;
  const Config saved = load_config(run.folder / run_layout::kConfig, {}).config;
  for (const config::Difference& difference : config::differences(saved, config)) {
    if (is_harmless(difference.path)) continue;
    throw UserError(SourceSpot{folder},
                    str("contains a run with ", difference.path, " = ", difference.text_a, ", now ",
                        difference.text_b),
                    kFix);
  }
}

}  // namespace regard
