#include <cstdlib>
#include <fstream>
#include <optional>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/interop/argos.h"
#include "regard/interop/ctranslate2_model.h"
#include "regard/interop/marian_hf.h"
#include "regard/run/conversion_check.h"
#include "regard/run/portable.h"
#include "regard/tensor/torch.h"

#include "command.h"
#include "key_options.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

struct ExportArguments {
  std::string model;
  std::string output;
  Quantization quantization = Quantization::float32;
  bool verifies = true;
};

/// How far logits may move, as a share of the largest one.
double tolerance_of(Quantization quantization) {
  switch (quantization) {
    case Quantization::float32:
      return 1e-4;
    case Quantization::float16:
      return 0.05;
    case Quantization::bfloat16:
      return 0.2;
    case Quantization::int8:
      return 0.5;
  }
  return 0.0;
}

struct Export {
  const ExportArguments& arguments;
  const PortableModel& model;
  Seq2Seq original;
  Logger& logger;
};

void verify(const Export& job, const TransformerWeights& written, double tolerance) {
  if (!job.arguments.verifies) return;
  const Seq2Seq read_back = model_of(written);
  require_same_logits(compare_logits(job.original, read_back, job.model.roles), tolerance,
                      "the exported model", job.logger);
}

void export_ctranslate2(const Export& job) {
  const Quantization numbers = job.arguments.quantization;
  write_folder_atomically(job.arguments.output, [&](const fs::path& folder) {
    write_ctranslate2_model(job.model, folder, numbers);
    verify(job, read_ctranslate2_weights(folder, job.model.weights.shape), tolerance_of(numbers));
  });
  const std::int64_t first = job.model.roles.forced_first;
  if (first < 0) return;
  const std::string piece = job.model.target.piece(static_cast<std::int32_t>(first));
  job.logger.warning(str("every translation begins with '", escape_for_message(piece),
                         "'; CTranslate2 must be told so: target_prefix=[[\"",
                         escape_for_message(piece), "\"]]"));
}

void export_marian_hf(const Export& job) {
  if (job.model.weights.shape.norm_epsilon != 1e-5)
    job.logger.warning(str("model.norm_epsilon: ", job.model.weights.shape.norm_epsilon,
                           "; transformers computes with 1e-5, so scores drift a little"));
  write_folder_atomically(job.arguments.output, [&](const fs::path& folder) {
    write_marian_hf(job.model, folder);
    TransformerWeights written = read_marian_hf(folder).weights;
    written.shape.norm_epsilon = job.model.weights.shape.norm_epsilon;
    verify(job, written, tolerance_of(Quantization::float32));
  });
}

/// A folder that is gone at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    constexpr const char* kFix = "set TMPDIR to a folder that can be written";
    std::error_code failed;
    const fs::path parent = fs::temp_directory_path(failed);
    if (failed) throw RunError(str("TMPDIR: ", failed.message()), kFix);
    std::string name = (parent / "regard-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw RunError(SourceSpot{parent.string()}, "no folder can be made there", kFix);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void copy_atomically(const fs::path& from, const fs::path& to) {
  std::ifstream input(from, std::ios::binary);
  AtomicFile output(to);
  std::vector<char> block(std::size_t{1} << 20);
  while (input.read(block.data(), static_cast<std::streamsize>(block.size())) || input.gcount() > 0)
    output.write({block.data(), static_cast<std::size_t>(input.gcount())});
  if (input.bad()) throw RunError(SourceSpot{from.string()}, "cannot be read");
  output.commit();
}

void export_argos(const Export& job) {
  const ScratchFolder scratch;
  const Quantization numbers = job.arguments.quantization;
  const fs::path parts = scratch.path() / "parts";
  fs::create_directory(parts);
  write_argos_package(job.model, scratch.path() / "package", parts, numbers);
  verify(job, read_ctranslate2_weights(parts / "model", job.model.weights.shape),
         tolerance_of(numbers));
  copy_atomically(scratch.path() / "package", job.arguments.output);
}

using ModelWriter = void (*)(const Export&);

int export_model(const ExportArguments& arguments, ExportFormat format, ModelWriter write) {
  const auto logger = make_logger({});
  prepare_output(arguments.output);
  const OpenedModel opened = open_model(arguments.model, torch::kCPU);
  Seq2Seq original = opened.model;
  original->eval();
  const PortableModel model = to_portable(opened, format);
  write({arguments, model, original, *logger});
  for (const std::string& note : model.notes)
    logger->warning(note);
  logger->info(str("exported ", arguments.output));
  return 0;
}

struct FormatCommand {
  const char* name;
  ExportFormat format;
  const char* help;
  const char* output_help;
  bool has_quantization;
  ModelWriter write;
};

Command add_format(cli::Command& group, const FormatCommand& format) {
  cli::Command& command = group.add_command(format.name, format.help);
  auto a = std::make_shared<ExportArguments>();
  add_model(command, a->model);
  command.argument("OUT", a->output, format.output_help).file("OUT").required();
  if (format.has_quantization) {
    command.option("--quantization", a->quantization, "The numbers that weights are written in.");
  }
  command.option("--verify", a->verifies,
                 "Read the result back and compare its scores with the model's.");
  return {&command, [a, to = format.format, write = format.write](CommandContext&) {
            return export_model(*a, to, write);
          }};
}

}  // namespace

std::vector<Command> add_export_commands(cli::Command& program) {
  cli::Command& group = program.add_command("export", "Write a model for another program.");
  return {add_format(group, {"ctranslate2", ExportFormat::ctranslate2,
                             "For CTranslate2 and what is built on it.",
                             "The new CTranslate2 directory.", true, export_ctranslate2}),
          add_format(group, {"marian-hf", ExportFormat::marian_hf,
                             "A MarianMT directory for Hugging Face transformers.",
                             "The new directory.", false, export_marian_hf}),
          add_format(group, {"argos", ExportFormat::argos,
                             "A package for Argos Translate and LibreTranslate.",
                             "The new file, usually NAME.argosmodel.", true, export_argos})};
}

}  // namespace regard
