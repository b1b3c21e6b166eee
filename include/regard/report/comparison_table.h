#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace regard {

/// How far one training run of a comparison has come.
enum class RunStatus { pending, done, failed };

/// One configuration with one seed. What was not measured is empty.
struct ComparedRun {
  std::int64_t seed = 0;
  RunStatus status = RunStatus::pending;
  std::string folder;                ///< the model directory
  std::string error;                 ///< of a failed run, one line
  std::optional<double> quality;     ///< the comparison's metric
  std::optional<double> perplexity;  ///< of the validation text
  std::optional<double> parameters;
  std::optional<double> tokens_per_second;  ///< target tokens while training
  std::optional<double> minutes;            ///< of training, validations included
  std::optional<double> updates;
  std::optional<double> target_tokens;    ///< trained on
  std::optional<double> peak_bytes;       ///< of the training process, in main memory
  std::optional<double> alignment_error;  ///< rate, 0 to 1
};

/// One row of the table.
struct ComparedConfig {
  std::string name;
  std::string file;
  std::vector<ComparedRun> runs;
};

/// Several configurations at an equal budget.
struct Comparison {
  std::string budget_kind;  ///< "updates", "tokens" or "minutes"
  double budget = 0;
  std::string metric;            ///< "BLEU"
  bool is_lower_better = false;  ///< of the metric
  std::string signature;         ///< of the metric; empty = not known yet
  std::string source;            ///< the test text
  std::string reference;
  std::int64_t num_sentences = 0;  ///< of the test text
  std::string gold;                ///< file of gold links; empty = none
  std::vector<ComparedConfig> configs;
};

/// Mean and sample standard deviation of what the runs have. `spread` needs two values.
struct Summary {
  std::int64_t count = 0;
  double mean = 0;
  std::optional<double> spread;
};

/// Of one number over the runs that are done, such as &ComparedRun::quality.
Summary summarise(const ComparedConfig& config, std::optional<double> ComparedRun::*number);

/// The row with the best mean quality; empty when no run is done.
std::optional<std::size_t> best_config(const Comparison& comparison);

/// The best row, if it is better than what chance explains: mean and spread of no other row reach
/// its own (mean ± standard deviation do not overlap). Empty where a spread is unknown, as with
/// one seed, and for fewer than two rows with numbers.
std::optional<std::size_t> clear_winner(const Comparison& comparison);

/// The same rows, best mean quality first; those without one come last, in their order.
Comparison ranked(Comparison comparison);

/// All four show the same numbers: means over the seeds (the largest of the peaks of memory), the
/// quality with its spread and with each seed. Below the table stand budget, seeds, test text and
/// signature, whether chance explains the ranking, and why runs failed. But for JSON, rows are
/// ranked.
///
/// Lines of text with aligned columns.
std::string comparison_text(const Comparison& comparison);
/// A Markdown table; a clear winner is bold.
std::string comparison_markdown(const Comparison& comparison);
/// One JSON object at full precision: budget, metric, test, and for each configuration its mean,
/// spread and runs, in their order. What is missing is null.
std::string comparison_json(const Comparison& comparison);
/// A standalone picture, light or dark as the viewer prefers: a bar for the mean quality, a dot for
/// each seed, and the other numbers.
std::string comparison_svg(const Comparison& comparison);

}  // namespace regard
