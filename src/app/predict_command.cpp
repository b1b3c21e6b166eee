#include <memory>

#include "regard/run/prediction.h"

#include "command.h"
#include "key_options.h"
#include "signals.h"

namespace regard {
namespace {

int run(const PredictionOptions& options, CommandContext& context) {
  const auto logger = make_logger({});
  const TranslationWatch watch{*logger, context.stop, [] {
                                 announce_stop("stopping");
                                 catch_signals();
                               }};
  return predict(options, watch) ? 0 : 128 + context.stop.signal_number();
}

}  // namespace

Command add_predict_command(cli::Command& program) {
  cli::Command& command = program.add_command("predict",
                                              "Answer examples with a model of another task than "
                                              "translation, line by line.");
  auto a = std::make_shared<PredictionOptions>();
  command.argument("MODEL", a->model, "A model directory, or a checkpoint inside one.")
      .folder("MODEL")
      .required();
  command.option("--input", a->input, "Text, an example per line; standard input if not given.")
      .file();
  command
      .option("--data", a->data,
              "Examples in the format of the task, as for training; answers in it are ignored.")
      .file();
  command.flag("--strict", a->is_strict,
               "Treat invalid UTF-8 as an error instead of replacing it.");
  command.heading_of_options = "Output";
  command.option("--output", a->output, "Standard output if not given.").file();
  command.option("--top", a->top, "Write the N best answers of each example, with tabs between.",
                 config::between(1, 1000));
  command.flag("--scores", a->has_scores, "Write the probability and a tab before each answer.");
  add_device(command, a->device);
  return {&command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
