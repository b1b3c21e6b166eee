#include <filesystem>
#include <memory>
#include <optional>

#include "regard/core/strings.h"
#include "regard/run/comparison_session.h"

#include "command.h"
#include "key_options.h"
#include "signals.h"
#include "text_output.h"

namespace regard {
namespace {

int run(CompareArguments arguments, CommandContext& context) {
  if (context.threads.is_given) arguments.threads = context.threads.count;
  const auto logger = make_logger({});
  const ComparisonWatch watch{*logger, context.stop, [] {
                                announce_stop("stopping; the current run saves first");
                                catch_signals();
                              }};
  const std::optional<ComparisonResult> result = compare_configurations(arguments, watch);
  if (!result) return 128 + context.stop.signal_number();
  write_standard_output(comparison_text(result->table));
  const std::filesystem::path folder = arguments.output;
  logger->info(str("table   ", (folder / "comparison.md").string(), "\npicture ",
                   (folder / "comparison.svg").string(), "\nnumbers ",
                   (folder / "comparison.json").string()));
  return result->has_failed ? 1 : 0;
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
