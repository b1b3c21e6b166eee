#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/train/training_state.h"

#include "model_files.h"

namespace regard {

/// Files that a model was trained on.
struct TrainingText {
  std::string source;
  std::string target;
  std::int64_t pairs = 0;  ///< 0 = not known
};

/// What the weights take in memory while translating with --precision `name`.
struct PrecisionBytes {
  std::string name;
  std::int64_t bytes = 0;
};

/// A command to continue with, quoted for the shell.
struct NextCommand {
  std::string what;
  std::string command;
};

/// Name and shape of one of the weights.
struct TensorFact {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// What is known of a model apart from its configuration.
struct ModelFacts {
  std::string program;                 ///< the version that wrote the weights; empty = not known
  std::string vocabulary_type;         ///< "bpe", "unigram", ...; empty = not known
  std::optional<TrainingState> state;  ///< of the newest checkpoint; nothing for imported models
  std::optional<ScoredUpdate> best;
  std::vector<TrainingText> training_texts;
  std::vector<TensorFact> tensors;  ///< of the weight file, by name
  std::int64_t parameters = 0;      ///< numbers in them
  std::int64_t weight_bytes = 0;    ///< of the weight file
  std::int64_t folder_bytes = 0;    ///< of the model directory, checkpoints included
  std::vector<PrecisionBytes> translating;
  std::vector<NextCommand> next;
};

/// `argument` is the path that the model was opened by.
ModelFacts facts_of(const ModelFiles& opened, const std::string& argument);
/// The same of a model of another task; its texts have no target, and `translating` stays empty.
ModelFacts facts_of(const TaskFiles& opened, const std::string& argument);

}  // namespace regard
