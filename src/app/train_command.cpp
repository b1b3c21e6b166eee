#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/error.h"
#include "regard/run/run_session.h"
#include "regard/tensor/device.h"

#include "command.h"
#include "signals.h"

namespace regard {
namespace {

struct TrainArguments {
  std::string config;
  std::vector<std::string> assignments;
  std::optional<std::string> output;
  std::string resume = "auto";
  bool overwrites = false;
  bool is_dry_run = false;
  bool is_profiled = false;
};

ResumePolicy parse_policy(const std::string& word) {
  if (word == "never") return ResumePolicy::never;
  return word == "require" ? ResumePolicy::require : ResumePolicy::automatic;
}

int run(const TrainArguments& arguments, CommandContext& context) {
  if (arguments.overwrites && arguments.resume == "require") {
    throw UserError("--overwrite: starts anew, but --resume require goes on",
                    "leave one of the two out");
  }
  std::vector<std::string> assignments = arguments.assignments;
  if (arguments.output) assignments.push_back(output_assignment(*arguments.output));
  LoadedConfig loaded = load_config(arguments.config, assignments);
  const auto console = make_logger({});
  std::optional<Profile> profile;
  if (arguments.is_profiled) {
    const torch::Device device = parse_device(loaded.config.device);
    profile.emplace([device] { wait_for(device); });
  }
  const RunWatch watch{*console, context.stop, profile ? &*profile : nullptr,
                       [](const char* stage) {
                         announce_stop(stage);
                         catch_signals();
                       }};
  if (arguments.is_dry_run) {
    rehearse_training(std::move(loaded), watch);
    return 0;
  }
  const RunStart start{parse_policy(arguments.resume), arguments.overwrites, context.threads};
  return run_training(std::move(loaded), start, watch) ? 0 : 128 + context.stop.signal_number();
}

}  // namespace

Command add_train_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "train", "Train a model from a configuration, or go on where a run stopped.");
  auto arguments = std::make_shared<TrainArguments>();
  command->add_option("config", arguments->config, "The YAML file.")
      ->required()
      ->type_name("CONFIG");
  command
      ->add_option("--set", arguments->assignments,
                   "Replace a key, as in --set training.schedule.peak=1e-3.")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1);
  command->add_option("--output", arguments->output, field_doc("output"))->type_name("DIR");
  command
      ->add_option("--resume", arguments->resume,
                   "auto: go on where a run is; never: refuse; require: only go on.")
      ->check(CLI::IsMember({"auto", "never", "require"}))
      ->capture_default_str();
  command->add_flag("--overwrite", arguments->overwrites,
                    "Start anew where a run is; it is kept until the first save.");
  command->add_flag("--dry-run", arguments->is_dry_run,
                    "Read everything, print sizes and statistics, write nothing.");
  command->add_flag("--profile", arguments->is_profiled,
                    "Show at the end where time and memory went, and write it to "
                    "OUTPUT/profile.json for ui.perfetto.dev and chrome://tracing.");
  return {command, [arguments](CommandContext& context) { return run(*arguments, context); }};
}

}  // namespace regard
