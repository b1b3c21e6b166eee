#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/interop/marian_hf.h"
#include "regard/interop/marian_npz.h"
#include "regard/run/conversion_check.h"
#include "regard/run/portable.h"
#include "regard/run/suggested_command.h"
#include "regard/tensor/torch.h"

#include "command.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// Of the largest logit. Both sides compute in float32 and add in another order: random models that
/// equal the original to the bit were up to 2.2e-5 away from the check's own computation.
constexpr double kTolerance = 1e-4;

struct ImportArguments {
  std::string from;
  std::string output;
  bool verifies = true;
};

/// How models of another program are read, for use and for the check of it.
struct ImportedFormat {
  PortableModel (*read)(const fs::path&);
  LogitsOf (*logits)(const fs::path&, const TokenRoles&);
};

/// The files are read once more, by a computation of its own: what the import left out would be
/// missing from both sides of the comparison otherwise.
void verify(const LogitsOf& original, const fs::path& folder, Logger& logger) {
  const OpenedModel opened = open_model(folder, torch::kCPU);
  Seq2Seq imported = opened.model;
  imported->eval();
  require_same_logits(compare_with(original, imported, opened.header.roles), kTolerance,
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
                  "  (CONFIG: your data, without model and vocabulary)"));
}

int import_model(const ImportArguments& arguments, const ImportedFormat& format) {
  const auto logger = make_logger({});
  prepare_output(arguments.output);
  const PortableModel model = format.read(arguments.from);
  write_folder_atomically(arguments.output, [&](const fs::path& folder) {
    save_as_model_folder(model, folder, arguments.output);
    if (arguments.verifies) verify(format.logits(arguments.from, model.roles), folder, *logger);
  });
  report(model, arguments.output, *logger);
  return 0;
}

struct ImportFormat {
  const char* name;
  const char* help;
  const char* from_help;
  cli::Offer from_offer;
  ImportedFormat format;
};

Command add_format(cli::Command& group, const ImportFormat& from) {
  cli::Command& command = group.add_command(from.name, from.help);
  auto a = std::make_shared<ImportArguments>();
  cli::Option& source = command.argument("FROM", a->from, from.from_help).required();
  from.from_offer == cli::Offer::files ? source.file() : source.folder();
  command.argument("OUT", a->output, "The new model directory.").folder("OUT").required();
  command.option("--verify", a->verifies,
                 "Compute logits from the original files and compare the result with them.");
  const ImportedFormat format = from.format;
  return {&command, [a, format](CommandContext&) { return import_model(*a, format); }};
}

}  // namespace

std::vector<Command> add_import_commands(cli::Command& program) {
  const ImportedFormat of_transformers{
      read_marian_hf,
      [](const fs::path& folder, const TokenRoles&) { return marian_hf_logits(folder); }};
  const ImportedFormat of_marian{read_marian_npz,
                                 [](const fs::path& file, const TokenRoles& roles) {
                                   return marian_npz_logits(file, roles.source_end);
                                 }};
  cli::Command& group = program.add_command("import", "Import a model from another program.");
  return {add_format(group, {"marian-hf",
                             "From a Hugging Face MarianMT directory, such as OPUS-MT models.",
                             "The directory with config.json and model.safetensors.",
                             cli::Offer::folders, of_transformers}),
          add_format(group, {"marian-npz", "From a model trained with Marian.",
                             "The .npz file; its .yml and vocabularies must be next to it.",
                             cli::Offer::files, of_marian})};
}

}  // namespace regard
