#include <memory>

#include "regard/core/strings.h"
#include "regard/run/model_export.h"

#include "command.h"
#include "key_options.h"

namespace regard {
namespace {

int run(const ExportOptions& options) {
  const auto logger = make_logger({});
  export_model(options, *logger);
  logger->info(str("exported ", options.output));
  return 0;
}

struct FormatTexts {
  const char* name;
  const char* help;
  const char* output_help;
  bool has_quantization;
};

Command add_format(cli::Command& group, ExportFormat format, const FormatTexts& texts) {
  cli::Command& command = group.add_command(texts.name, texts.help);
  auto a = std::make_shared<ExportOptions>();
  a->format = format;
  add_model(command, a->model);
  command.argument("OUT", a->output, texts.output_help).file("OUT").required();
  if (texts.has_quantization) {
    command.option("--quantization", a->quantization, "Number type of the exported weights.");
  }
  command.option("--verify", a->verifies,
                 "Read the result back and compare its logits with the model's.");
  return {&command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace

std::vector<Command> add_export_commands(cli::Command& program) {
  cli::Command& group = program.add_command("export", "Export a model for another program.");
  return {add_format(group, ExportFormat::ctranslate2,
                     {"ctranslate2", "For CTranslate2 and programs built on it.",
                      "The new CTranslate2 directory.", true}),
          add_format(group, ExportFormat::marian_hf,
                     {"marian-hf", "A MarianMT directory for Hugging Face transformers.",
                      "The new directory.", false}),
          add_format(group, ExportFormat::argos,
                     {"argos", "A package for Argos Translate and LibreTranslate.",
                      "The new file, usually NAME.argosmodel.", true})};
}

}  // namespace regard
