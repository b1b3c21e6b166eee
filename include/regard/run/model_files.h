#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "regard/engine/translation_service.h"
#include "regard/engine/weights_header.h"
#include "regard/model/longest_sentence.h"
#include "regard/run/config.h"
#include "regard/run/tokenizer_files.h"
#include "regard/tasks/task_spec.h"
#include "regard/text/label_set.h"

namespace regard {

/// What the ids mean in a model of ours. Throws UserError when the target vocabulary has no end
/// mark.
TokenRoles roles_of(const TokenizerPair& tokenizers);

/// The files of a model, of which all but the weights is read.
struct ModelFiles {
  std::filesystem::path folder;   ///< the model directory
  std::filesystem::path weights;  ///< the file of the weights
  Config config;
  TokenizerPair tokenizers;
  WeightsHeader header;
};

/// Those of a model of another task than translation; both sides have one vocabulary.
struct TaskFiles : ModelFiles {
  LabelSet labels;   ///< empty where its task has none
  std::string unit;  ///< what its losses are divided by
};

/// Reads a MODEL argument: a model directory, or a checkpoint inside one; `overrides` are put over
/// its configuration. Throws UserError naming what is missing, damaged or does not belong together,
/// and for a model that does not translate.
ModelFiles read_model_files(const std::filesystem::path& path,
                            const config::Overrides& overrides = {});
/// The same of a model of another task; its labels and unit are not read. Throws UserError for one
/// that translates.
ModelFiles read_task_files(const std::filesystem::path& path,
                           const config::Overrides& overrides = {});

/// The task of a model with a head; null for a model that translates.
const TaskSpec* head_task_of(const std::string& model);

/// Throws UserError for a member of an ensemble, opened by `path`, with another target vocabulary
/// than the first one's.
void require_same_target(const ModelFiles& first, const ModelFiles& other, const std::string& path);

/// Throws UserError when `other` is another model than `trained`, whose weights are at `place`:
/// other heads or another activation have the same shapes. Dropout does not matter, nor do keys
/// that begin with one of `left_out`.
void require_same_model(ModelOptions trained, const ModelOptions& other,
                        const std::filesystem::path& place,
                        const std::vector<std::string>& left_out = {});

/// The files a model is made of: no output may replace them.
std::vector<std::filesystem::path> files_of(const ModelFiles& model);

/// Makes a translator cut lines and translations where the positions of this model end.
void limit_lengths(TranslatorOptions& options, const ModelOptions& model);

}  // namespace regard
