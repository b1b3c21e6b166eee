#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "comparison_plan.h"

namespace regard {

/// What is remembered of a run from one call of compare to the next: an object, empty where there
/// is no file yet. Throws UserError when the file is damaged.
nlohmann::json read_record(const std::filesystem::path& file);

/// "" where there is no text of that name.
std::string text_of(const nlohmann::json& record, const char* key);
std::optional<double> number_of(const nlohmann::json& record, const char* key);

/// What metrics.jsonl of a run tells: the usual speed (the median of its lines), and the perplexity
/// of the validation text at `model_update`.
void read_metrics(const std::filesystem::path& folder, std::int64_t model_update,
                  nlohmann::json& record);

/// Throws UserError when there is a run in the way that this comparison cannot continue with: of
/// another budget, of other values, or not made by a comparison.
void check_earlier_run(const ComparisonPlan& plan, const PlannedRun& run);

}  // namespace regard
