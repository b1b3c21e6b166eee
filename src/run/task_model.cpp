#include "regard/run/task_model.h"

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/shell.h"
#include "regard/core/strings.h"
#include "regard/run/model_names.h"
#include "regard/tensor/torch.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLabelSet = "label";

}  // namespace

void save_labels(const LabelSet& labels, const fs::path& folder) {
  write_label_sets(folder / run_layout::kLabels, {{kLabelSet, labels}});
}

LabelSet load_labels(const fs::path& folder, const Task& task) {
  if (!task.has_labels()) return {};
  const LabelSets sets = read_label_sets(folder / run_layout::kLabels);
  const auto found = sets.find(kLabelSet);
  if (found == sets.end()) {
    throw UserError(SourceSpot{(folder / run_layout::kLabels).string()},
                    "does not hold the labels of this model", "restore the file of this model");
  }
  return found->second;
}

TaskParts parts_of(const Tokenizer& tokenizer, const TokenRoles& roles, LabelSet labels) {
  return {tokenizer, roles.batch_ids(), std::move(labels), {}};
}

OpenedTaskModel open_task_model(const fs::path& path, const torch::Device& device,
                                const config::Overrides& overrides) {
  ModelFiles files = read_task_files(path, overrides);
  const auto& [folder, weights, config, tokenizers, header] = files;
  const std::int64_t vocabulary = tokenizers.source.size();
  std::shared_ptr<const Task> task = make_task(config.task, {config.data, config.model});
  TaskParts parts{tokenizers.source, {}, load_labels(folder, *task), {}};
  const auto make_head = [&](const HeadSetup& setup) { return task->make_head(setup, parts); };
  auto network = make_encoder_network(config.model, vocabulary, make_head, 0);
  load_weights(weights, *network, vocabulary);
  if (header.labels != fingerprint_of(parts.labels)) {
    throw UserError(
        SourceSpot{(folder / run_layout::kLabels).string()},
        str("these are not the labels that ", weights.filename().string(), " was trained with"),
        "restore the labels.json of this model");
  }
  parts.ids = header.roles.batch_ids();
  network->to(device);
  return {std::move(files), TaskModel{std::move(task), std::move(parts), std::move(network)}};
}

std::vector<fs::path> files_of(const OpenedTaskModel& model) {
  std::vector<fs::path> files = files_of(static_cast<const ModelFiles&>(model));
  files.push_back(model.folder / run_layout::kLabels);
  return files;
}

OpenedNetwork open_network(const fs::path& path, const torch::Device& device) {
  const Config config = load_model_config(model_folder_of(path));
  if (!task_spec(config.task).has_head) {
    OpenedModel opened = open_model(path, device);
    return {opened.weights, opened.config,     opened.tokenizers, {},
            opened.header,  opened.model.ptr()};
  }
  OpenedTaskModel opened = open_task_model(path, device);
  const Tokenizer& tokenizer = opened.model.parts.tokenizer;
  return {
      opened.weights, opened.config,       {tokenizer, tokenizer, true}, opened.model.parts.labels,
      opened.header,  opened.model.network};
}

}  // namespace regard
