#include "regard/run/model_files.h"

#include <algorithm>

#include "regard/config/document.h"
#include "regard/config/fields.h"
#include "regard/config/reader.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/shell.h"
#include "regard/core/strings.h"
#include "regard/formats/safetensors.h"
#include "regard/run/model_names.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

void check_fingerprint(std::uint64_t expected, const Tokenizer& tokenizer, const char* side,
                       const fs::path& weights) {
  if (tokenizer.fingerprint() == expected) return;
  throw UserError(SourceSpot{weights.string()},
                  str("these weights were trained with a different ", side,
                      " vocabulary from the one next to them"),
                  "restore the .spm file of this model");
}

/// The weights must be used by the model that they were trained in: other heads or another
/// activation have the same shapes. Dropout does not matter here.
void check_model(const WeightsHeader& header, ModelOptions configured, const fs::path& folder,
                 const fs::path& weights) {
  if (header.model.empty()) return;
  auto trained = config::read<ModelOptions>(config::parse_yaml(header.model, weights.string()));
  trained.dropout = configured.dropout;
  const auto changes = config::differences(trained, configured);
  if (changes.empty()) return;
  throw UserError(SourceSpot{(folder / run_layout::kConfig).string()},
                  str("model.", changes.front().path, " is ", changes.front().text_b, ", but ",
                      weights.filename().string(), " was trained with ", changes.front().text_a),
                  "restore the config.yaml of this model");
}

}  // namespace

void require_same_model(ModelOptions trained, const ModelOptions& other, const fs::path& place,
                        const std::vector<std::string>& left_out) {
  trained.dropout = other.dropout;
  for (const config::Difference& change : config::differences(trained, other)) {
    const bool matters =
        std::none_of(left_out.begin(), left_out.end(),
                     [&](const std::string& key) { return change.path.starts_with(key); });
    if (!matters) continue;
    throw UserError(SourceSpot{place.string()},
                    str("model.", change.path, " is ", change.text_a, " there, but ", change.text_b,
                        " in the configuration"),
                    "remove model from the configuration, or make it the same");
  }
}

TokenRoles roles_of(const TokenizerPair& tokenizers) {
  const SpecialIds source = tokenizers.source.special_ids();
  const SpecialIds target = tokenizers.target.special_ids();
  if (source.end < 0 || target.end < 0) {
    throw UserError("the vocabulary has no end-of-sentence token </s>",
                    "train the SentencePiece model with an eos_id");
  }
  TokenRoles roles;
  roles.source_end = source.end;
  roles.target_end = target.end;
  // A vocabulary without a start mark starts the decoder with the end mark; padding is never read.
  roles.decoder_start = target.start >= 0 ? target.start : target.end;
  roles.pad = target.pad >= 0 ? target.pad : target.end;
  roles.unknown = target.unknown;
  roles.suppressed.clear();
  for (const std::int64_t id : {target.pad, target.unknown, target.start}) {
    if (id >= 0 && id != target.end) roles.suppressed.push_back(id);
  }
  return roles;
}

namespace {

/// A configuration that was edited must not ask for memory that the weights have no use for: the
/// embeddings alone tell, since nothing is narrower than two bytes.
void check_width(const ModelOptions& model, std::int64_t vocabulary, const fs::path& folder,
                 const fs::path& weights) {
  SafetensorsFile::open(weights);  // a damaged file is not the fault of the configuration
  std::error_code failed;
  const std::uintmax_t bytes = fs::file_size(weights, failed);
  if (failed || static_cast<std::uintmax_t>(vocabulary * model.dim) <= bytes / 2) return;
  throw UserError(SourceSpot{(folder / run_layout::kConfig).string()},
                  str("model.dim: ", model.dim, " is more than the weights next to it support"),
                  "restore the config.yaml of this model");
}

}  // namespace

namespace {

std::string tasks_of_command(const std::string& command) {
  std::vector<std::string> names;
  for (const TaskSpec& spec : all_tasks()) {
    if (spec.command == command) names.push_back(spec.name);
  }
  return join(names, " or ");
}

/// Throws UserError where a model of another task than `command` answers for was given.
void require_task_of(const Config& config, const std::string& command, const fs::path& path) {
  const TaskSpec& spec = task_spec(config.task);
  if (spec.command == command) return;
  throw UserError(SourceSpot{path.string()},
                  str("is a model of task ", spec.name, ", not of ", tasks_of_command(command)),
                  str("use regard ", spec.command, " ", shell_quoted_path(path)));
}

ModelFiles read_files(const fs::path& path, const std::string& command,
                      const config::Overrides& overrides) {
  const fs::path folder = model_folder_of(path);
  const fs::path weights = follow_link_file(path) / run_layout::kWeights;
  require_regular_file(weights);
  Config config = load_model_config(folder, overrides);
  require_task_of(config, command, path);
  ModelFiles files{folder, weights, std::move(config), load_tokenizers(folder), {}};
  const std::int64_t source_size = files.tokenizers.source.size();
  const std::int64_t target_size = files.tokenizers.target.size();
  check_width(files.config.model, target_size, folder, weights);
  files.header = read_header(SafetensorsFile::open(weights), target_size);
  check_model(files.header, files.config.model, folder, weights);
  if (files.header.roles.source_end >= source_size) {
    throw UserError(SourceSpot{weights.string()},
                    str("source_end = ", files.header.roles.source_end,
                        " is outside the source vocabulary of ", source_size),
                    "use a model file written by regard");
  }
  check_fingerprint(files.header.source_tokenizer, files.tokenizers.source, "source", weights);
  check_fingerprint(files.header.target_tokenizer, files.tokenizers.target, "target", weights);
  return files;
}

}  // namespace

ModelFiles read_model_files(const fs::path& path, const config::Overrides& overrides) {
  return read_files(path, "translate", overrides);
}

ModelFiles read_task_files(const fs::path& path, const config::Overrides& overrides) {
  return read_files(path, "predict", overrides);
}

const TaskSpec* head_task_of(const std::string& model) {
  const Config config = load_model_config(model_folder_of(model_paths(model).front()));
  const TaskSpec& spec = task_spec(config.task);
  return spec.has_head ? &spec : nullptr;
}

void require_same_target(const ModelFiles& first, const ModelFiles& other,
                         const std::string& path) {
  TokenRoles roles = other.header.roles;
  if (other.header.source_tokenizer != first.header.source_tokenizer)
    roles.source_end = first.header.roles.source_end;  // an id of another vocabulary
  if (other.header.target_tokenizer == first.header.target_tokenizer && roles == first.header.roles)
    return;
  throw UserError(SourceSpot{path},
                  "the target vocabulary differs from that of the ensemble's first model",
                  "use models that were trained with the same .spm file for the target");
}

std::vector<fs::path> files_of(const ModelFiles& model) {
  std::vector<fs::path> files = {model.weights, model.folder / run_layout::kConfig};
  for (const std::string& name : tokenizer_file_names())
    files.push_back(model.folder / name);
  return files;
}

void limit_lengths(TranslatorOptions& options, const ModelOptions& model) {
  const std::int64_t longest = longest_sentence(model);
  if (longest == 0) return;
  options.max_source_length = std::min(options.max_source_length, longest);
  options.max_target_length =
      options.max_target_length == 0 ? longest : std::min(options.max_target_length, longest);
}

}  // namespace regard
