#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/interop/marian_hf.h"
#include "regard/interop/marian_npz.h"
#include "regard/tensor/torch.h"

#include "command.h"
#include "conversion_check.h"
#include "portable.h"
#include "suggested_command.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr double kTolerance = 1e-5;  // of a copy in the same numbers

struct ImportArguments {
  std::string from;
  std::string output;
  bool verifies = true;
};

using ModelReader = PortableModel (*)(const fs::path&);

void verify(const PortableModel& model, const fs::path& folder, Logger& logger) {
  const Seq2Seq original = model_of(model.weights);
  Seq2Seq imported = open_model(folder, torch::kCPU).model;
  imported->eval();
  require_same_logits(compare_logits(original, imported, model.roles), kTolerance,
                      "the imported model", logger);
}

void report(const PortableModel& model, const fs::path& output, Logger& logger) {
  const TransformerShape& shape = model.weights.shape;
  for (const std::string& note : model.notes)
    logger.warning(note);
  logger.info(str("imported a Transformer of ", shape.encoder.layers, " + ", shape.decoder.layers,
                  " layers, width ", shape.dim, ", ", with_thousands(model.source.size()), " and ",
                  with_thousands(model.target.size()), " pieces"));
  logger.info(str("model  ", output.string()));
  logger.info("translate with:  " + translate_command(output));
  logger.info(str("fine-tune with:  ", fine_tune_command(output),
                  "  (CONFIG: your texts, without model and vocabulary)"));
}

int import_model(const ImportArguments& arguments, ModelReader read) {
  const auto logger = make_logger({});
  prepare_output(arguments.output);
  const PortableModel model = read(arguments.from);
  write_folder_atomically(arguments.output, [&](const fs::path& folder) {
    save_as_model_folder(model, folder, arguments.output);
    if (arguments.verifies) verify(model, folder, *logger);
  });
  report(model, arguments.output, *logger);
  return 0;
}

struct ImportFormat {
  const char* name;
  const char* help;
  const char* from_help;
  const char* from_type;
  ModelReader read;
};

Command add_format(CLI::App& parent, const ImportFormat& format) {
  CLI::App* command = parent.add_subcommand(format.name, format.help);
  auto a = std::make_shared<ImportArguments>();
  command->add_option("from", a->from, format.from_help)->required()->type_name(format.from_type);
  command->add_option("output", a->output, "The new model directory.")
      ->required()
      ->type_name("OUT");
  command
      ->add_option("--verify", a->verifies,
                   "Read the result back and compare its scores with the original's.")
      ->type_name("true|false")
      ->capture_default_str();
  const ModelReader read = format.read;
  return {command, [a, read](CommandContext&) { return import_model(*a, read); }};
}

}  // namespace

std::vector<Command> add_import_commands(CLI::App& app) {
  CLI::App* import = app.add_subcommand("import", "Make a model directory from another program's.");
  import->require_subcommand(1);
  return {
      add_format(*import,
                 {"marian-hf", "From a MarianMT directory of Hugging Face, such as OPUS-MT models.",
                  "The directory with config.json and model.safetensors.", "DIR", read_marian_hf}),
      add_format(*import, {"marian-npz", "From a model that Marian itself trained.",
                           "The .npz file; its .yml and vocabularies are found beside it.", "FILE",
                           read_marian_npz})};
}

}  // namespace regard
