#include <memory>

#include "regard/run/initial_run.h"

#include "command.h"
#include "initial_run_report.h"
#include "text_output.h"

namespace regard {
namespace {

struct InitArguments : InitialRunOptions {
  bool shows_sizes = false;
};

int run(const InitArguments& arguments) {
  if (arguments.shows_sizes) {
    write_standard_output(size_table());
    return 0;
  }
  const auto logger = make_logger({});
  report_initial_run(write_initial_run(arguments, *logger), *logger);
  return 0;
}

void add_options(cli::Command& command, InitArguments& a) {
  command.option("--source", a.source, "Source text, one sentence per line; may be compressed.")
      .file();
  command.option("--target", a.target, "Target text, parallel to the source.").file();
  command
      .option("--valid-source", a.valid_source,
              "Source of the validation set; without it, lines are held out from the corpus, and "
              "both texts are written next to the configuration.")
      .file();
  command.option("--valid-target", a.valid_target, "Target of the validation set.").file();
  command
      .option("--from", a.from,
              "Fine-tune this model: its size and vocabulary, with a lower learning rate.")
      .folder("MODEL");
  command
      .option("--output", a.output,
              "The YAML file to write; default: SOURCE_TARGET.yaml, named after the languages.")
      .file("C.yaml");
  command
      .option("--source-language", a.source_language,
              "Name of the source language; default: from the file name.")
      .called("L");
  command.option("--target-language", a.target_language, "Name of the target language.")
      .called("L");
  command.flag("--overwrite", a.overwrites, "Overwrite the output of an earlier call.");
  command.flag("--sizes", a.shows_sizes, "Only print the table of recommended sizes.");
}

}  // namespace

Command add_init_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "init", "Write a first configuration for a corpus, with values that suit its size.");
  auto a = std::make_shared<InitArguments>();
  add_options(command, *a);
  return {&command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
