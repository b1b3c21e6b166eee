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
  command.option("--source", a.source, "Source text, one sentence a line; may be compressed.")
      .file();
  command.option("--target", a.target, "Target text; line N translates line N of the source.")
      .file();
  command
      .option("--valid-source", a.valid_source,
              "Source of the validation text; without it some lines are taken out of the corpus, "
              "and both texts are written beside the configuration.")
      .file();
  command.option("--valid-target", a.valid_target, "Target of the validation text.").file();
  command
      .option("--from", a.from,
              "Fine-tune this model: its sizes and vocabulary, a lower learning rate.")
      .folder("MODEL");
  command
      .option("--output", a.output,
              "The YAML file to write; default: SOURCE_TARGET.yaml, by the languages.")
      .file("C.yaml");
  command
      .option("--source-language", a.source_language,
              "Name of the source language; default: by the name of the file.")
      .called("L");
  command.option("--target-language", a.target_language, "Name of the target language.")
      .called("L");
  command.flag("--overwrite", a.overwrites, "Replace what an earlier call wrote.");
  command.flag("--sizes", a.shows_sizes,
               "Only print the table of what suits corpora of which size.");
}

}  // namespace

Command add_init_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "init", "Write a first configuration for a corpus, with values for its size.");
  auto a = std::make_shared<InitArguments>();
  add_options(command, *a);
  return {&command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
