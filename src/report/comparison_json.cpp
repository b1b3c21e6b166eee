#include <nlohmann/json.hpp>

#include "regard/core/utf8.h"
#include "regard/report/comparison_table.h"

namespace regard {
namespace {

using Json = nlohmann::ordered_json;
using Number = std::optional<double> ComparedRun::*;

struct NamedNumber {
  const char* name;
  Number number;
  bool is_count;  ///< written without a decimal point
};

constexpr NamedNumber kNumbers[] = {
    {"quality", &ComparedRun::quality, false},
    {"perplexity", &ComparedRun::perplexity, false},
    {"parameters", &ComparedRun::parameters, true},
    {"tokens_per_second", &ComparedRun::tokens_per_second, false},
    {"minutes", &ComparedRun::minutes, false},
    {"updates", &ComparedRun::updates, true},
    {"target_tokens", &ComparedRun::target_tokens, true},
    {"peak_bytes", &ComparedRun::peak_bytes, true},
    {"alignment_error_rate", &ComparedRun::alignment_error, false},
};

Json text_json(const std::string& text) {
  return replace_invalid_utf8(text);
}

Json number_json(const std::optional<double>& number, bool is_count) {
  if (!number) return nullptr;
  if (is_count) return static_cast<std::int64_t>(*number);
  return *number;  // NaN and infinity become null
}

const char* word_of(RunStatus status) {
  switch (status) {
    case RunStatus::done:
      return "done";
    case RunStatus::failed:
      return "failed";
    case RunStatus::pending:
      break;
  }
  return "pending";
}

Json run_json(const ComparedRun& run) {
  Json json = {{"seed", run.seed},
               {"status", word_of(run.status)},
               {"folder", text_json(run.folder)},
               {"error", run.error.empty() ? Json(nullptr) : text_json(run.error)}};
  for (const NamedNumber& item : kNumbers)
    json[item.name] = number_json(run.*item.number, item.is_count);
  return json;
}

Json config_json(const ComparedConfig& config) {
  Json mean = Json::object();
  Json spread = Json::object();
  for (const NamedNumber& item : kNumbers) {
    const Summary summary = summarise(config, item.number);
    mean[item.name] = summary.count > 0 ? Json(summary.mean) : Json(nullptr);
    spread[item.name] = number_json(summary.spread, false);
  }
  Json runs = Json::array();
  for (const ComparedRun& run : config.runs)
    runs.push_back(run_json(run));
  return {{"name", text_json(config.name)},
          {"file", text_json(config.file)},
          {"mean", std::move(mean)},
          {"standard_deviation", std::move(spread)},
          {"runs", std::move(runs)}};
}

}  // namespace

std::string comparison_json(const Comparison& comparison) {
  Json configs = Json::array();
  for (const ComparedConfig& config : comparison.configs)
    configs.push_back(config_json(config));
  const std::optional<std::size_t> best = best_config(comparison);
  const bool has_gold = !comparison.gold.empty();
  const Json json = {{"budget", {{"kind", comparison.budget_kind}, {"amount", comparison.budget}}},
                     {"metric",
                      {{"name", text_json(comparison.metric)},
                       {"signature", text_json(comparison.signature)},
                       {"lower_is_better", comparison.is_lower_better}}},
                     {"test",
                      {{"source", text_json(comparison.source)},
                       {"reference", text_json(comparison.reference)},
                       {"sentences", comparison.num_sentences},
                       {"gold", has_gold ? text_json(comparison.gold) : Json(nullptr)}}},
                     {"best", best ? text_json(comparison.configs[*best].name) : Json(nullptr)},
                     {"best_is_clear", clear_winner(comparison).has_value()},
                     {"configs", std::move(configs)}};
  return json.dump(2) + "\n";
}

}  // namespace regard
