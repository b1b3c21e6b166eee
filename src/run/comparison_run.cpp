#include "regard/run/comparison_run.h"

#include <algorithm>
#include <optional>
#include <regex>

#include <nlohmann/json.hpp>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/stop_flag.h"
#include "regard/core/strings.h"
#include "regard/run/child_process.h"
#include "regard/run/comparison_record.h"
#include "regard/train/checkpoint.h"

namespace regard {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kExitUserMustAct = 2;
constexpr double kRelaySeconds = 30;  // between two lines of a run's progress

/// Ends a run: its reason is what the table says.
struct RunFailure {
  std::string reason;
};

/// The processes of one run, and its record.
class RunSession {
 public:
  RunSession(const ComparisonPlan& plan, const PlannedRun& run, const std::string& title,
             Logger& logger, StopFlag& stop)
      : plan_(plan),
        run_(run),
        title_(title),
        logger_(logger),
        stop_(stop),
        record_(read_record(run.record_file())) {}

  /// Returns false when a signal came. Throws RunFailure.
  bool perform() {
    std::error_code none;
    const Json word = record_.value("is_trained", Json());
    const bool is_trained = word.is_boolean() && word.get<bool>() &&
                            fs::exists(run_.folder / run_layout::kWeights, none);
    if (!is_trained && (!train() || !measure())) return false;
    if (text_of(record_, "test_key") != plan_.test_key && !evaluate()) return false;
    const bool is_aligned = plan_.gold.empty() || text_of(record_, "gold_key") == plan_.gold_key;
    return is_aligned || align();
  }

  bool has_worked() const { return has_worked_; }
  const Json& record() const { return record_; }

 private:
  /// Runs a command of this program; false when a signal came.
  bool call(std::vector<std::string> arguments, ChildOptions options) {
    if (stop_.is_requested()) return false;
    if (plan_.threads > 0)
      arguments.insert(arguments.begin() + 1, str("--threads=", plan_.threads));
    has_worked_ = true;
    options.on_line = [&, own = options.on_line](std::string_view line) {
      show(line);
      if (own) own(line);
    };
    child_ = run_child(arguments, options, stop_);
    logger_.status("");
    return !stop_.is_requested();
  }

  void show(std::string_view line) {
    constexpr std::string_view kWarning = "warning: ";
    if (line.starts_with("error: ")) return;  // comes with the reason of the failure
    const std::string text = str(title_, ": ", line);
    if (line.starts_with(kWarning)) {
      logger_.warning(str(title_, ": ", line.substr(kWarning.size())));
    } else if (line.starts_with("update ") && since_relay_.seconds() > kRelaySeconds) {
      logger_.info(text);
      since_relay_ = Stopwatch();
    }
    logger_.status(text);
  }

  [[noreturn]] void fail(const std::string& command) const {
    for (const std::string& error : child_.errors)
      logger_.error(str(title_, ": ", error));
    if (!child_.errors.empty()) throw RunFailure{child_.errors.front()};
    const int signal_number = child_.exit_code - 128;
    const std::string reason =
        signal_number == 9 ? "was killed (out of memory?)"
        : signal_number > 0
            ? str("was ended by ", signal_name(signal_number))
            : str("ended with exit code ", child_.exit_code, ": ", child_.last_line);
    logger_.error(str(title_, ": regard ", command, " ", reason));
    throw RunFailure{str("regard ", command, " ", reason)};
  }

  void save() const { write_file_atomically(run_.record_file(), record_.dump(2) + "\n"); }

  bool train() {
    const Json peak = record_.value("peak_bytes", Json());
    record_ = {{"budget_kind", plan_.budget_kind}, {"budget", plan_.budget}, {"peak_bytes", peak}};
    save();  // before there is anything that it must explain
    std::vector<std::string> arguments = {"train", "--output=" + run_.folder.string()};
    for (const std::string& assignment : assignments_of(plan_, run_.seed))
      arguments.push_back("--set=" + assignment);
    arguments.insert(arguments.end(), {"--", run_.file});
    bool had_nothing_to_do = false;
    ChildOptions options;
    options.on_line = [&](std::string_view line) {
      had_nothing_to_do = had_nothing_to_do || line.starts_with("nothing to do");
    };
    call(arguments, options);
    // A session that trained nothing does not show what training takes.
    if (!had_nothing_to_do) {
      const double before = number_of(record_, "peak_bytes").value_or(0);
      record_["peak_bytes"] = std::max(static_cast<std::int64_t>(before), child_.peak_bytes);
      save();
    }
    if (stop_.is_requested()) return false;
    if (child_.exit_code != 0) fail("train");
    return true;
  }

  /// Adds the numbers of the finished training to the record.
  bool measure() {
    if (!call({"info", "--json", "--", run_.folder.string()}, {})) return false;
    const Json info = Json::parse(child_.output, nullptr, false);
    if (child_.exit_code != 0 || !info.is_object()) fail("info");
    record_["parameters"] = info.value("parameters", Json());
    read_metrics(run_.folder, info.value("update", std::int64_t{0}), record_);
    const auto found = CheckpointStore(run_.folder, {}).newest_state();
    if (!found) fail("train");
    const TrainingState& state = *found;
    record_["updates"] = state.update;
    record_["target_tokens"] = state.target_tokens;
    record_["minutes"] = state.seconds / 60.0;
    record_["is_trained"] = true;
    save();
    return true;
  }

  bool evaluate() {
    const std::vector<std::string> arguments = {"evaluate",
                                                "--source=" + plan_.source,
                                                "--reference=" + plan_.reference,
                                                "--json",
                                                "--metrics=" + plan_.metric,
                                                "--",
                                                run_.folder.string()};
    logger_.status(str(title_, ": translating the test text"));
    if (!call(arguments, {})) return false;
    const Json scores = Json::parse(child_.output, nullptr, false);
    if (child_.exit_code != 0 || !scores.is_array() || scores.empty()) fail("evaluate");
    record_["quality"] = scores[0].value("score", Json());
    record_["signature"] = scores[0].value("signature", "");
    record_["test_key"] = plan_.test_key;
    save();
    return true;
  }

  bool align() {
    std::vector<std::string> arguments = {"attend", "--source=" + plan_.source,
                                          "--target=" + plan_.reference, "--gold=" + plan_.gold,
                                          str("--lines=", plan_.num_gold_lines)};
    arguments.insert(arguments.end(), {"--", run_.folder.string()});
    static const std::regex pattern("^alignment error rate ([0-9.]+)");
    record_["alignment_error_rate"] = Json();
    ChildOptions options;
    options.keeps_output = false;
    options.on_line = [&](std::string_view line) {
      std::smatch match;
      const std::string text(line);
      if (std::regex_search(text, match, pattern))
        record_["alignment_error_rate"] = std::stod(match[1].str());
    };
    logger_.status(str(title_, ": aligning the test text"));
    if (!call(arguments, options)) return false;
    if (child_.exit_code != 0 && child_.exit_code != kExitUserMustAct) fail("attend");
    // The files were checked before, so it is the model that has nothing to read links from.
    if (record_["alignment_error_rate"].is_null()) {
      const std::string reason = child_.errors.empty() ? child_.last_line : child_.errors.front();
      logger_.warning(str(title_, ": no alignment error rate: ", reason));
    }
    record_["gold_key"] = plan_.gold_key;
    save();
    return true;
  }

  const ComparisonPlan& plan_;
  const PlannedRun& run_;
  const std::string& title_;
  Logger& logger_;
  StopFlag& stop_;
  Json record_;
  ChildResult child_;
  Stopwatch since_relay_;
  bool has_worked_ = false;
};

}  // namespace

RunOutcome perform(const ComparisonPlan& plan, const PlannedRun& run, const std::string& title,
                   Logger& logger, StopFlag& stop) {
  RunOutcome outcome;
  ComparedRun& result = outcome.run;
  result.seed = run.seed;
  result.folder = run.folder.string();
  RunSession session(plan, run, title, logger, stop);
  try {
    result.status = session.perform() ? RunStatus::done : RunStatus::pending;
  } catch (const RunFailure& failure) {
    result.status = RunStatus::failed;
    result.error = failure.reason;
  } catch (const Error& error) {
    logger.error(str(title, ": ", error.what()));
    result.status = RunStatus::failed;
    result.error = error.what();
  }
  const Json& record = session.record();
  result.quality = number_of(record, "quality");
  result.perplexity = number_of(record, "perplexity");
  result.parameters = number_of(record, "parameters");
  result.tokens_per_second = number_of(record, "tokens_per_second");
  result.minutes = number_of(record, "minutes");
  result.updates = number_of(record, "updates");
  result.target_tokens = number_of(record, "target_tokens");
  result.peak_bytes = number_of(record, "peak_bytes");
  if (!plan.gold.empty()) result.alignment_error = number_of(record, "alignment_error_rate");
  outcome.signature = text_of(record, "signature");
  outcome.was_done_before = !session.has_worked();
  return outcome;
}

}  // namespace regard
