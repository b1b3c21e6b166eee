#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "regard/config/describe.h"
#include "regard/config/document.h"
#include "regard/config/overrides.h"
#include "regard/config/type.h"
#include "regard/data/data_options.h"
#include "regard/engine/decoding_options.h"
#include "regard/model/model_options.h"
#include "regard/tasks/task_spec.h"
#include "regard/text/vocabulary_options.h"
#include "regard/train/training_options.h"

namespace regard {

/// The whole configuration. Every layer declares its own part; this table only puts them together.
struct Config {
  using Self = Config;
  std::string task = task_names().front();
  std::string output;
  std::int64_t seed = 1;
  std::string device = "auto";
  DataOptions data;
  VocabularyOptions vocabulary;
  ModelOptions model;
  TrainingOptions training;
  ValidationOptions validation;
  CheckpointOptions checkpoint;
  DecodingOptions decoding;

  static void describe(auto&& field) {
    REGARD_FIELD(task,
                 "What is learned, and what an answer is (docs/tasks.md); all but translate have a "
                 "head in place of a decoder.",
                 config::one_of(task_names()), config::fixed_on_resume());
    REGARD_FIELD(output,
                 "The model directory; a relative path is relative to the working directory.",
                 config::required(), config::not_empty());
    REGARD_FIELD(seed, "Random seed; determines every random choice of a run.", config::at_least(0),
                 config::fixed_on_resume());
    REGARD_FIELD(device,
                 "auto (the first CUDA GPU if there is one, else the CPU), cpu, cuda or cuda:N.",
                 config::course_on_resume());
    REGARD_FIELD(data, "Training and validation data.");
    REGARD_FIELD(vocabulary, "Vocabulary and tokenizer.");
    REGARD_FIELD(model, "Model architecture.", config::fixed_on_resume());
    REGARD_FIELD(training, "Optimization: length, optimizer, schedule, loss.");
    REGARD_FIELD(validation, "Evaluation during training.");
    REGARD_FIELD(checkpoint, "Checkpoints: what is saved, and when.");
    REGARD_FIELD(decoding, "Search for translations: beam, lengths, constraints.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(Config);

/// A configuration and where each value came from.
struct LoadedConfig {
  Config config;  ///< with the model in its full form
  regard::config::Document document;
  Preset preset = Preset::custom;   ///< that was written
  std::vector<std::string> doubts;  ///< what was hardly meant so: a warning each
};

/// Whether the links of a training corpus guide an attention.
bool uses_links(const Config& config, const TrainCorpusOptions& corpus);

/// What a configuration is read for.
enum class ConfigUse {
  train,      ///< it must name a training corpus
  translate,  ///< it is that of a finished model
};

/// Reads a file, applies `overrides` (of --set: "a.b=c") in order, checks everything and expands
/// the model's preset. With training.init_from, a model that is not written is the one there.
/// Throws UserError with all problems.
LoadedConfig load_config(const std::filesystem::path& path,
                         const regard::config::Overrides& overrides,
                         ConfigUse use = ConfigUse::train);

/// Tells before there is a file what is wrong with overrides over the defaults: unknown keys,
/// values of another type or out of range. Throws UserError with all problems.
void check_overrides(const regard::config::Overrides& overrides);

/// The configuration of a model directory. Unlike one to train from it need not name a corpus:
/// imported models have none.
Config load_model_config(const std::filesystem::path& folder,
                         const regard::config::Overrides& overrides = {});

/// The text of a model directory's config.yaml: every key with its value, and the sizes of the
/// model also at its flat keys. Read back, it gives the same configuration.
std::string config_text(const Config& config);

/// The same text with a comment per key that tells where the value comes from.
std::string show_config(const LoadedConfig& loaded);

/// The declaration of a key, for options of the command line that stand for it:
/// field_of("decoding.beam_size"). Throws std::logic_error where there is none.
const regard::config::Field& field_of(const std::string& path);

}  // namespace regard
