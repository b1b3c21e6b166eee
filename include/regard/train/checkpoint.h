#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "regard/core/logger.h"
#include "regard/model/weights.h"
#include "regard/train/training_options.h"
#include "regard/train/training_state.h"

namespace regard {

/// The tensors of a checkpoint. They share memory with model and optimizer: saving reads them,
/// loading fills them.
struct CheckpointTensors {
  NamedTensors
      weights;  ///< model.safetensors: what translates (the running mean where there is one)
  NamedTensors
      training;  ///< training_state.safetensors: moments, and the raw weights where there is a mean
};

/// The folder `checkpoints` of a run, and the best model next to it.
///
///   checkpoints/update-00001500/{model.safetensors, training_state.safetensors, state.json}
///   checkpoints/last, checkpoints/best    links; see replace_link()
///   model.safetensors                     the best model; before any validation the last
///
/// A checkpoint folder appears complete or not at all.
class CheckpointStore {
 public:
  CheckpointStore(std::filesystem::path run, const CheckpointOptions& options);

  /// Writes the checkpoint of state.update, moves the links, publishes the best model and removes
  /// what is no longer kept. False where the file system has no links, so that `last` and `best`
  /// are files that hold a name. Throws RunError; then what was there before is still there.
  bool save(const TrainingState& state, const CheckpointTensors& tensors,
            const WeightsHeader& header) const;

  /// Restores the newest whole checkpoint. A damaged one is named in a warning and the one before
  /// it is taken; when all are damaged, throws UserError: never a silent start from scratch.
  /// Nothing when there is no checkpoint.
  std::optional<TrainingState> load_newest(const CheckpointTensors& tensors, Logger& logger) const;

  /// Throws UserError when the newest whole checkpoint was trained with other vocabularies than
  /// those of `header`: its rows would mean other subwords.
  void check_vocabularies(const WeightsHeader& header, std::int64_t target_vocabulary) const;

  /// The state of the newest checkpoint whose state can be read, without its tensors; nothing when
  /// there is none.
  std::optional<TrainingState> newest_state() const;

  /// Puts right what a tool that follows links has made of them: a folder `last` or `best` is
  /// removed where its checkpoint is there under its own name, and gets that name where it is not.
  /// Throws UserError for a folder that is no checkpoint, and anything else of these names.
  void restore_links() const;

  /// Updates that have a checkpoint, oldest first.
  std::vector<std::int64_t> updates() const;
  std::filesystem::path folder_of(std::int64_t update) const;

 private:
  void publish(const TrainingState& state) const;
  void prune(const TrainingState& state) const;

  std::filesystem::path run_;
  std::filesystem::path folder_;
  CheckpointOptions options_;
};

}  // namespace regard
