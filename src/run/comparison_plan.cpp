#include "regard/run/comparison_plan.h"

#include <algorithm>
#include <set>

#include "regard/config/config_error.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/metrics/alignment_error.h"
#include "regard/run/config.h"
#include "regard/run/named_files.h"
#include "regard/run/text_input.h"
#include "regard/run/vocabulary_setup.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

void take_budget(const CompareArguments& arguments, ComparisonPlan& plan) {
  int count = 0;
  const auto take = [&](const char* kind, const auto& amount) {
    if (!amount) return;
    ++count;
    plan.budget_kind = kind;
    plan.budget = static_cast<double>(*amount);
  };
  take("updates", arguments.updates);
  take("tokens", arguments.tokens);
  take("minutes", arguments.minutes);
  if (count != 1) {
    throw UserError(str("compare: ", count == 0 ? "no budget" : "more than one budget"),
                    "give one of --updates, --tokens and --minutes");
  }
}

/// A schedule that falls to 0 at the last update must know it.
void check_schedule(const ComparisonPlan& plan, const Config& config, const std::string& file) {
  const ScheduleType type = config.training.schedule.type;
  const bool falls = type == ScheduleType::linear || type == ScheduleType::cosine;
  if (!falls || plan.budget_kind == "updates") return;
  throw UserError(
      SourceSpot{file},
      str("training.schedule.type: ", config::word_of(type),
          " falls to 0 at an update that a budget in ", plan.budget_kind, " does not determine"),
      "use --updates, or another schedule");
}

/// The configurations as they will be trained. Throws UserError with the problems of all.
std::vector<Config> load_configs(const CompareArguments& arguments, const ComparisonPlan& plan) {
  std::vector<Config> configs;
  std::vector<Problem> problems;
  bool is_of_configuration = false;
  for (const std::string& file : arguments.configs) {
    try {
      check_schedule(plan, load_config(file, plan.assignments).config, file);
      LoadedConfig loaded = load_config(file, assignments_of(plan, 1));
      if (const TaskSpec& spec = task_spec(loaded.config.task); spec.has_head) {
        throw UserError(SourceSpot{file}, str("task: ", spec.name, " cannot be compared"),
                        "regard compare is for translation: train, then use regard evaluate");
      }
      check_named_files(loaded);
      configs.push_back(std::move(loaded.config));
      check_corpora(configs.back());
    } catch (const UserError& error) {
      is_of_configuration |= dynamic_cast<const config::ConfigError*>(&error) != nullptr;
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (problems.empty()) return configs;
  if (is_of_configuration) throw config::ConfigError(std::move(problems));
  throw UserError(std::move(problems));
}

/// The metric that decides which checkpoint is best, if it is the same everywhere; else BLEU.
std::string common_metric(const std::vector<Config>& configs) {
  const auto metric_of = [](const Config& config) {
    return split_metric(config.validation.stop.metric).metric;
  };
  const std::string first = metric_of(configs.front());
  const bool is_common = std::all_of(configs.begin(), configs.end(), [&](const Config& config) {
    return metric_of(config) == first;
  });
  return is_common && first != "loss" && first != "perplexity" ? first : "bleu";
}

/// The given test text, or the validation text if all configurations have the same.
void choose_texts(const CompareArguments& arguments, const std::vector<Config>& configs,
                  ComparisonPlan& plan) {
  if (arguments.source.empty() != arguments.reference.empty()) {
    throw UserError("compare: --source and --reference must be given together",
                    "give both or none");
  }
  plan.source = arguments.source;
  plan.reference = arguments.reference;
  if (!plan.source.empty()) return;
  const auto text_of = [](const Config& config) {
    return config.data.valid.empty() ? ValidCorpusOptions{} : config.data.valid.front();
  };
  const ValidCorpusOptions text = text_of(configs.front());
  plan.source = text.source;
  plan.reference = text.target;
  const bool is_common = std::all_of(configs.begin(), configs.end(), [&](const Config& config) {
    return text_of(config).source == plan.source && text_of(config).target == plan.reference;
  });
  if (is_common && !text.tag.empty()) {
    throw UserError("compare: the tag of the validation text is only added during training",
                    "give --source F with tagged lines, and --reference F");
  }
  if (!is_common || plan.source.empty()) {
    throw UserError(
        is_common ? "compare: there is no validation text to measure quality with"
                  : "compare: the configurations have different validation texts in data.valid",
        "give --source F --reference F");
  }
}

/// Reads the test text once, so that a mistake in it costs no training.
void check_texts(const CompareArguments& arguments, ComparisonPlan& plan) {
  for (const std::string& file : {plan.source, plan.reference, arguments.gold}) {
    if (!file.empty()) require_regular_file(file);  // each run reads them again
  }
  const std::size_t count = read_lines(plan.source, InvalidUtf8::replace).size();
  const std::size_t references = read_lines(plan.reference, InvalidUtf8::replace).size();
  if (count != references) {
    throw UserError(SourceSpot{plan.reference},
                    str(references, " lines, but ", plan.source, " has ", count),
                    "re-align the pair");
  }
  if (count == 0) throw UserError(SourceSpot{plan.source}, "is empty", "give a text to translate");
  std::uint64_t key = fingerprint(plan.metric);
  key = fingerprint(read_file(plan.source), key);
  key = fingerprint(read_file(plan.reference), key);
  plan.test_key = to_hex(key);
  plan.num_sentences = static_cast<std::int64_t>(count);
  if (arguments.gold.empty()) return;
  const std::vector<std::string> gold = read_lines(arguments.gold, InvalidUtf8::replace);
  parse_gold_file(gold, arguments.gold);
  if (gold.empty() || gold.size() > count) {
    throw UserError(SourceSpot{arguments.gold},
                    str(gold.size(), " lines of links for ", count, " sentences"),
                    str("give links for the first sentences of ", plan.source));
  }
  plan.gold = arguments.gold;
  plan.num_gold_lines = static_cast<std::int64_t>(gold.size());
  plan.gold_key = to_hex(fingerprint(read_file(arguments.gold), key));
}

}  // namespace

std::vector<std::string> assignments_of(const ComparisonPlan& plan, std::int64_t seed) {
  std::vector<std::string> assignments = plan.assignments;
  assignments.push_back(str("seed=", seed));
  for (const char* kind : {"updates", "epochs", "tokens", "minutes"}) {
    const bool is_budget = plan.budget_kind == kind;
    assignments.push_back(
        str("training.max_", kind, "=", is_budget ? format_shortest(plan.budget) : "0"));
  }
  assignments.emplace_back("validation.stop.patience=0");
  return assignments;
}

ComparisonPlan make_plan(const CompareArguments& arguments) {
  ComparisonPlan plan;
  plan.assignments = arguments.assignments;
  plan.threads = arguments.threads;
  take_budget(arguments, plan);
  const std::vector<Config> configs = load_configs(arguments, plan);
  plan.metric = common_metric(configs);
  choose_texts(arguments, configs, plan);
  check_texts(arguments, plan);
  return plan;
}

std::vector<std::string> names_of(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const std::string& file : files) {
    const std::string stem = fs::path(file).stem().string();
    std::string name = stem;
    for (int i = 2; !taken.insert(name).second; ++i)
      name = str(stem, "-", i);
    names.push_back(name);
  }
  return names;
}

std::vector<PlannedRun> planned_runs(const CompareArguments& arguments) {
  const std::vector<std::string> names = names_of(arguments.configs);
  std::vector<PlannedRun> runs;
  for (std::int64_t seed = 1; seed <= arguments.seeds; ++seed) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const fs::path folder = fs::path(arguments.output) / names[i] / str("seed-", seed);
      runs.push_back({names[i], arguments.configs[i], seed, folder});
    }
  }
  return runs;
}

}  // namespace regard
