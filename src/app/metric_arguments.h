#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regard/cli/command.h"
#include "regard/metrics/make_metric.h"

namespace regard {

/// The options of a command that choose metrics and what they count, with sacreBLEU's names.
struct MetricArguments {
  std::string metrics = "bleu";
  std::optional<std::string> tokenize;
  std::string smooth = "exp";
  double smooth_value = 0;
  bool is_lowercased = false;
  ChrfOptions chrf;
  TerOptions ter;
};

void add_metric_options(cli::Command& command, MetricArguments& arguments);

/// Of the arguments alone: BLEU's tokenizer is 13a until somebody chooses. Throws UserError for an
/// unknown metric or smoothing, and for values that go with none.
MetricOptions metric_options(const MetricArguments& arguments);
std::vector<std::string> metric_names(const MetricArguments& arguments);

}  // namespace regard
