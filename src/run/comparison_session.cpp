#include "regard/run/comparison_session.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/metrics/make_metric.h"
#include "regard/run/comparison_record.h"
#include "regard/run/comparison_run.h"
#include "regard/train/metrics_log.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

Comparison empty_table(const CompareArguments& arguments, const ComparisonPlan& plan) {
  Comparison table;
  table.budget_kind = plan.budget_kind;
  table.budget = plan.budget;
  table.metric = make_metric(plan.metric, {})->name();
  table.is_lower_better = is_lower_better(plan.metric);
  table.source = plan.source;
  table.reference = plan.reference;
  table.num_sentences = plan.num_sentences;
  table.gold = plan.gold;
  const std::vector<std::string> names = names_of(arguments.configs);
  for (std::size_t i = 0; i < names.size(); ++i) {
    ComparedConfig config{names[i], arguments.configs[i], {}};
    for (std::int64_t seed = 1; seed <= arguments.seeds; ++seed) {
      config.runs.emplace_back();
      config.runs.back().seed = seed;
    }
    table.configs.push_back(std::move(config));
  }
  return table;
}

void make_folder(const fs::path& folder) {
  std::error_code failed;
  if (folder.empty() || (fs::exists(folder, failed) && !fs::is_directory(folder, failed))) {
    throw UserError(str("--output: '", escape_for_message(folder.string()), "' is not a folder"),
                    "choose another output");
  }
  fs::create_directories(folder, failed);
  if (failed) {
    throw RunError(SourceSpot{folder.string()}, failed.message(),
                   "choose an --output that can be written");
  }
}

/// Performs the runs one after the other and keeps the tables on the disk up to date.
class Tournament {
 public:
  Tournament(const ComparisonPlan& plan, std::vector<PlannedRun> runs, fs::path folder,
             Comparison table)
      : plan_(plan), runs_(std::move(runs)), folder_(std::move(folder)), table_(std::move(table)) {}

  void perform_all(Logger& logger, StopFlag& stop) {
    for (std::size_t i = 0; i < runs_.size() && !stop.is_requested(); ++i)
      perform_one(i, logger, stop);
  }
  const Comparison& table() const { return table_; }
  bool has_failed() const { return has_failed_; }

 private:
  void perform_one(std::size_t index, Logger& logger, StopFlag& stop) {
    const PlannedRun& run = runs_[index];
    const std::string title = str("run ", index + 1, " of ", runs_.size(), ", ",
                                  escape_for_message(run.name, 80), ", seed ", run.seed);
    const double left = seconds_left(runs_.size() - index);
    const std::string estimate =
        left >= 1 ? str(" (about ", format_duration(left), " left for all)") : "";
    logger.info(str(title, estimate));
    make_folder(run.folder.parent_path());
    const Stopwatch watch;
    const RunOutcome outcome = perform(plan_, run, title, logger, stop);
    if (outcome.run.status == RunStatus::pending) return;
    if (!outcome.was_done_before) {
      seconds_ += watch.seconds();
      ++num_worked_;
    }
    enter(outcome, run);
    if (outcome.run.status == RunStatus::failed) return;
    logger.info(str(title, ": ", table_.metric, " ",
                    format_fixed(outcome.run.quality.value_or(0), 2),
                    outcome.was_done_before ? ", already finished"
                                            : ", took " + format_duration(watch.seconds())));
  }

  void enter(const RunOutcome& outcome, const PlannedRun& run) {
    if (!outcome.signature.empty()) table_.signature = outcome.signature;
    has_failed_ = has_failed_ || outcome.run.status == RunStatus::failed;
    for (ComparedConfig& config : table_.configs) {
      if (config.name == run.name)
        config.runs[static_cast<std::size_t>(run.seed - 1)] = outcome.run;
    }
    write_file_atomically(folder_ / "comparison.md", comparison_markdown(table_));
    write_file_atomically(folder_ / "comparison.json", comparison_json(table_));
    write_file_atomically(folder_ / "comparison.svg", comparison_svg(table_));
  }

  /// From the runs of this call; at first, from a budget in minutes. 0 = not known.
  double seconds_left(std::size_t num_runs) const {
    const auto count = static_cast<double>(num_runs);
    if (num_worked_ > 0) return seconds_ / static_cast<double>(num_worked_) * count;
    return plan_.budget_kind == "minutes" ? plan_.budget * 60.0 * count : 0;
  }

  const ComparisonPlan& plan_;
  std::vector<PlannedRun> runs_;
  fs::path folder_;
  Comparison table_;
  bool has_failed_ = false;
  double seconds_ = 0;  // of runs that did something
  int num_worked_ = 0;
};

}  // namespace

std::optional<ComparisonResult> compare_configurations(const CompareArguments& arguments,
                                                       const ComparisonWatch& watch) {
  const ComparisonPlan plan = make_plan(arguments);
  const std::vector<PlannedRun> runs = planned_runs(arguments);
  for (const PlannedRun& planned : runs)
    check_earlier_run(plan, planned);
  make_folder(arguments.output);
  const FolderLock lock(arguments.output);
  if (watch.on_start) watch.on_start();
  Tournament tournament(plan, runs, arguments.output, empty_table(arguments, plan));
  tournament.perform_all(watch.logger, watch.stop);
  if (watch.stop.is_requested()) {
    watch.logger.info(str("stopped by ", signal_name(watch.stop.signal_number()),
                          "; run the same command again to resume"));
    return std::nullopt;
  }
  return ComparisonResult{tournament.table(), tournament.has_failed()};
}

}  // namespace regard
