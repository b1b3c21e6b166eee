#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace regard {

/// What regard compare was called with.
struct CompareArguments {
  std::vector<std::string> configs;
  std::vector<std::string> assignments;
  std::optional<std::int64_t> updates;
  std::optional<std::int64_t> tokens;
  std::optional<double> minutes;
  std::int64_t seeds = 1;
  std::string output = "runs/compare";
  std::string source;
  std::string reference;
  std::string gold;
  std::int64_t threads = 0;  ///< of each run; 0 = as each finds them
};

/// What all runs of a comparison share.
struct ComparisonPlan {
  std::string budget_kind;  ///< "updates", "tokens" or "minutes"
  double budget = 0;
  std::vector<std::string> assignments;  ///< of the user, "a.b=c"
  std::string metric;                    ///< as regard evaluate calls it
  std::string source;
  std::string reference;
  std::int64_t num_sentences = 0;  ///< of the test text
  std::string gold;                ///< empty = none
  std::int64_t num_gold_lines = 0;
  std::string test_key;  ///< changes with the metric and the contents of the test text
  std::string gold_key;  ///< the same with the gold links
  std::int64_t threads = 0;
};

/// One configuration with one seed.
struct PlannedRun {
  std::string name;  ///< of the configuration
  std::string file;
  std::int64_t seed = 1;
  std::filesystem::path folder;  ///< the model directory

  /// What is remembered of the run from one call to the next, besides its folder.
  std::filesystem::path record_file() const { return folder.string() + ".json"; }
};

/// All that a run's configuration is given: the user's values, then seed and limits, which win.
/// The budget is the only limit, and there is no early stopping.
std::vector<std::string> assignments_of(const ComparisonPlan& plan, std::int64_t seed);

/// Reads configurations and texts. Throws UserError with what is wrong, the problems of all
/// configurations together, so that a mistake costs no training.
ComparisonPlan make_plan(const CompareArguments& arguments);

/// The stems of the configurations' files; "-2" and so on after one that is taken.
std::vector<std::string> names_of(const std::vector<std::string>& files);

/// Seed by seed, so that all configurations have a number as early as possible.
std::vector<PlannedRun> planned_runs(const CompareArguments& arguments);

}  // namespace regard
