#include <filesystem>
#include <memory>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/metrics/make_metric.h"
#include "regard/report/comparison_table.h"
#include "regard/run/comparison_plan.h"
#include "regard/run/comparison_record.h"
#include "regard/run/comparison_run.h"
#include "regard/train/metrics_log.h"

#include "command.h"
#include "key_options.h"
#include "signals.h"
#include "text_output.h"

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

  /// Returns the exit code.
  int perform_all(Logger& logger, StopFlag& stop) {
    for (std::size_t i = 0; i < runs_.size() && !stop.is_requested(); ++i)
      perform_one(i, logger, stop);
    if (stop.is_requested()) {
      logger.info(str("stopped by ", signal_name(stop.signal_number()),
                      "; run the same command again to resume"));
      return 128 + stop.signal_number();
    }
    return has_failed_ ? 1 : 0;
  }
  const Comparison& table() const { return table_; }

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

int run(CompareArguments arguments, CommandContext& context) {
  if (context.threads.is_given) arguments.threads = context.threads.count;
  const ComparisonPlan plan = make_plan(arguments);
  const std::vector<PlannedRun> runs = planned_runs(arguments);
  for (const PlannedRun& planned : runs)
    check_earlier_run(plan, planned);
  const auto logger = make_logger({});
  make_folder(arguments.output);
  const FolderLock lock(arguments.output);
  announce_stop("stopping; the current run saves first");
  catch_signals();
  Tournament tournament(plan, runs, arguments.output, empty_table(arguments, plan));
  const int code = tournament.perform_all(*logger, context.stop);
  if (context.stop.is_requested()) return code;
  write_standard_output(comparison_text(tournament.table()));
  logger->info(str("table   ", (fs::path(arguments.output) / "comparison.md").string(),
                   "\npicture ", (fs::path(arguments.output) / "comparison.svg").string(),
                   "\nnumbers ", (fs::path(arguments.output) / "comparison.json").string()));
  return code;
}

void add_options(cli::Command& command, CompareArguments& a) {
  command.argument("CONFIG", a.configs, "The YAML files.").file("CONFIG").required();
  command.option("--updates", a.updates, "The budget of each run in updates.",
                 config::between(1, 1e12));
  command.option("--tokens", a.tokens, "The budget of each run in target tokens.",
                 config::between(1, 1e15));
  command.option("--minutes", a.minutes,
                 "The budget of each run in minutes of training, including validation.",
                 config::between(0.001, 1e9));
  command.option("--seeds", a.seeds, "Runs of each configuration, with seeds 1, 2 and so on.",
                 config::between(1, 1000));
  command
      .option("--output", a.output,
              "Output folder for runs, table and chart; finished runs in it are not repeated.")
      .folder();
  command
      .option(
          "--source", a.source,
          "Text to translate to measure quality; data.valid of the configurations if not given.")
      .file();
  command.option("--reference", a.reference, "Its translation.").file();
  command
      .option("--gold", a.gold,
              "Gold word links of its first lines (0-0 1-2, possible ones 1?2): adds the alignment "
              "error rate.")
      .file();
  add_set(
      command, [&a](const std::string& assignment) { a.assignments.push_back(assignment); },
      "Replace a key of all configurations, as in --set data.max_length=60.");
}

}  // namespace

Command add_compare_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "compare", "Train several configurations with the same budget: one table, one chart.");
  auto arguments = std::make_shared<CompareArguments>();
  add_options(command, *arguments);
  return {&command, [arguments](CommandContext& context) { return run(*arguments, context); }};
}

}  // namespace regard
