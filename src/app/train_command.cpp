#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/error.h"
#include "regard/run/run_session.h"
#include "regard/tensor/device.h"

#include "command.h"
#include "key_options.h"
#include "signals.h"

namespace regard {
namespace {

struct TrainArguments {
  std::string config;
  config::Overrides overrides;
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
    throw UserError("--overwrite starts from scratch, but --resume require resumes",
                    "remove one of the two");
  }
  LoadedConfig loaded = load_config(arguments.config, arguments.overrides);
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

void add_options(cli::Command& command, TrainArguments& a) {
  command.argument("CONFIG", a.config, "The YAML file.").file("CONFIG").required();
  add_set(
      command, [&a](const std::string& assignment) { a.overrides.add(assignment); },
      "Replace a key, as in --set training.schedule.peak=1e-3.");
  add_key(command, "--output", "output", a.overrides).folder().otherwise("default: that of CONFIG");
  command.option(
      "--resume", a.resume,
      "auto: resume if the folder holds a run; never: refuse; require: fail unless there is one.",
      config::one_of({"auto", "never", "require"}));
  command.flag("--overwrite", a.overwrites,
               "Replace an existing run; it is deleted at the first checkpoint.");
  command.flag("--dry-run", a.is_dry_run,
               "Read everything, print sizes and statistics, write nothing.");
  command.flag("--profile", a.is_profiled,
               "Show at the end where time and memory went, and write it to OUTPUT/profile.json "
               "for ui.perfetto.dev and chrome://tracing.");
}

}  // namespace

Command add_train_command(cli::Command& program) {
  cli::Command& command =
      program.add_command("train", "Train a model from a configuration, or resume a run.");
  auto arguments = std::make_shared<TrainArguments>();
  add_options(command, *arguments);
  return {&command, [arguments](CommandContext& context) { return run(*arguments, context); }};
}

}  // namespace regard
