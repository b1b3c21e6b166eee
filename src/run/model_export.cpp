#include "regard/run/model_export.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/interop/argos.h"
#include "regard/interop/marian_hf.h"
#include "regard/run/conversion_check.h"
#include "regard/run/portable.h"
#include "regard/tensor/torch.h"

#include "run/scratch_folder.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

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
  const ExportOptions& options;
  const PortableModel& model;
  Seq2Seq original;
  Logger& logger;
};

void verify(const Export& job, const TransformerWeights& written, double tolerance) {
  if (!job.options.verifies) return;
  const Seq2Seq read_back = model_of(written);
  require_same_logits(compare_logits(job.original, read_back, job.model.roles), tolerance,
                      "the exported model", job.logger);
}

void export_ctranslate2(const Export& job) {
  const Quantization numbers = job.options.quantization;
  write_folder_atomically(job.options.output, [&](const fs::path& folder) {
    write_ctranslate2_model(job.model, folder, numbers);
    verify(job, read_ctranslate2_weights(folder, job.model.weights.shape), tolerance_of(numbers));
  });
  const std::int64_t first = job.model.roles.forced_first;
  if (first < 0) return;
  const std::string piece = job.model.target.piece(static_cast<std::int32_t>(first));
  job.logger.warning(str("every translation begins with '", escape_for_message(piece),
                         "'; pass it to CTranslate2: target_prefix=[[\"", escape_for_message(piece),
                         "\"]]"));
}

void export_marian_hf(const Export& job) {
  if (job.model.weights.shape.norm_epsilon != 1e-5)
    job.logger.warning(str("model.norm_epsilon: ", job.model.weights.shape.norm_epsilon,
                           "; transformers uses 1e-5, so scores differ slightly"));
  write_folder_atomically(job.options.output, [&](const fs::path& folder) {
    write_marian_hf(job.model, folder);
    TransformerWeights written = read_marian_hf(folder).weights;
    written.shape.norm_epsilon = job.model.weights.shape.norm_epsilon;
    verify(job, written, tolerance_of(Quantization::float32));
  });
}

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
  const Quantization numbers = job.options.quantization;
  const fs::path parts = scratch.path() / "parts";
  fs::create_directory(parts);
  write_argos_package(job.model, scratch.path() / "package", parts, numbers);
  verify(job, read_ctranslate2_weights(parts / "model", job.model.weights.shape),
         tolerance_of(numbers));
  copy_atomically(scratch.path() / "package", job.options.output);
}

void write(const Export& job) {
  switch (job.options.format) {
    case ExportFormat::ctranslate2:
      return export_ctranslate2(job);
    case ExportFormat::marian_hf:
      return export_marian_hf(job);
    case ExportFormat::argos:
      return export_argos(job);
  }
}

}  // namespace

void export_model(const ExportOptions& options, Logger& logger) {
  prepare_output(options.output);
  const OpenedModel opened = open_model(options.model, torch::kCPU);
  Seq2Seq original = opened.model;
  original->eval();
  const PortableModel model = to_portable(opened, options.format);
  write({options, model, original, logger});
  for (const std::string& note : model.notes)
    logger.warning(note);
}

}  // namespace regard
