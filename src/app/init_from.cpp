#include "init_from.h"

#include <cstdint>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/train/checkpoint.h"

namespace regard {

namespace fs = std::filesystem;

void apply_init_from(const Config& config, const TokenizerPair& tokenizers, Seq2Seq model) {
  const TrainingOptions& training = config.training;
  if (training.init_from.empty()) return;
  const OpenedModel other = open_model(training.init_from, torch::kCPU);
  const bool is_whole = training.init_scope == InitScope::model;
  const bool is_same_target =
      other.tokenizers.target.fingerprint() == tokenizers.target.fingerprint();
  if (other.tokenizers.source.fingerprint() != tokenizers.source.fingerprint() ||
      (is_whole && !is_same_target)) {
    throw UserError(str("training.init_from: ", training.init_from, " has another vocabulary"),
                    "give its .spm files as vocabulary.source and vocabulary.target");
  }
  const std::vector<std::string> of_decoder = {"decoder", "tie", "output_bias"};
  require_same_model(other.config.model, config.model, other.weights,
                     is_whole ? std::vector<std::string>() : of_decoder);
  load_weights_of(other.weights, *model, is_whole ? "" : "encoder.");
}

TokenRoles roles_for(const Config& config, const TokenizerPair& tokenizers, const fs::path& run) {
  const auto has_same = [&](const WeightsHeader& header) {
    return header.source_tokenizer == tokenizers.source.fingerprint() &&
           header.target_tokenizer == tokenizers.target.fingerprint();
  };
  std::error_code none;
  for (const fs::path& folder : {run, fs::path(config.training.init_from)}) {
    const fs::path weights = folder / "model.safetensors";
    if (folder.empty() || !fs::exists(weights, none)) continue;
    try {
      const WeightsHeader header =
          read_header(SafetensorsFile::open(weights), tokenizers.target.size());
      if (has_same(header)) return header.roles;
    } catch (const UserError&) {
      continue;  // who needs the weights has the words for it
    }
  }
  return roles_of(tokenizers);
}

fs::path init_checkpoint(const TrainingOptions& training) {
  const fs::path model = follow_link_file(training.init_from);
  std::error_code none;
  if (fs::exists(model / "training_state.safetensors", none)) return model;
  const WeightsHeader header =
      read_header(SafetensorsFile::open(model / "model.safetensors"), INT64_MAX);
  const fs::path folder = CheckpointStore(model_folder_of(model), {}).folder_of(header.update);
  if (!fs::exists(folder / "training_state.safetensors", none)) {
    throw UserError(str("training.init_optimizer: keep, but there is no checkpoint ",
                        folder.string(), " with the moments of these weights"),
                    "use fresh, or give a checkpoint as training.init_from");
  }
  return folder;
}

}  // namespace regard
