#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "regard/run/model_folder.h"
#include "regard/tasks/task_training.h"

namespace regard {

/// A model of a task with a head, ready to answer.
struct OpenedTaskModel : ModelFiles {
  TaskModel model;
};

/// Opens a MODEL argument as open_model() does. Throws UserError for a model that translates.
OpenedTaskModel open_task_model(const std::filesystem::path& path, const torch::Device& device,
                                const config::Overrides& overrides = {});

/// The files such a model is made of: no output may replace them.
std::vector<std::filesystem::path> files_of(const OpenedTaskModel& model);

/// The labels in a model directory; none where its task has none. Throws UserError where they are
/// missing or damaged.
void save_labels(const LabelSet& labels, const std::filesystem::path& folder);
LabelSet load_labels(const std::filesystem::path& folder, const Task& task);

/// A task, and what its network works with. `sampling` is that of training.
TaskParts parts_of(const Tokenizer& tokenizer, const TokenRoles& roles, LabelSet labels);

/// A model of any task, for what it has in common with the others.
struct OpenedNetwork {
  std::filesystem::path weights;
  Config config;
  TokenizerPair tokenizers;
  LabelSet labels;
  WeightsHeader header;
  std::shared_ptr<NetworkImpl> network;
};

OpenedNetwork open_network(const std::filesystem::path& path, const torch::Device& device);

}  // namespace regard
