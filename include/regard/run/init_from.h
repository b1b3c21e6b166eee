#pragma once

#include <filesystem>

#include "regard/core/logger.h"
#include "regard/run/config.h"

#include "model_folder.h"

namespace regard {

/// A run that may begin with the weights of another one.
struct InitSubject {
  const Config& config;
  const TokenizerPair& tokenizers;
  std::uint64_t labels = 0;  ///< fingerprint of its labels; 0 = it has none
};

/// Takes the weights of training.init_from, if it is given, as the start of `network`. Where the
/// vocabulary is another one, embeddings and output are taken piece by piece, and pieces that are
/// not there stay as `network` has them; `logger` says how many. Throws UserError where the model
/// differs, with init_scope: model also the task or its labels, or the vocabulary with
/// init_optimizer: keep.
void apply_init_from(const InitSubject& subject, NetworkImpl& network, Logger& logger);

/// What the ids mean: in a run that continues, what they meant before; with training.init_from,
/// what they mean there, by piece where the vocabulary is another one. `run` is the run's
/// directory, empty = none.
TokenRoles roles_for(const Config& config, const TokenizerPair& tokenizers,
                     const std::filesystem::path& run);

/// The folder of the checkpoint that the weights of training.init_from are from. Throws UserError
/// when there is none.
std::filesystem::path init_checkpoint(const TrainingOptions& training);

}  // namespace regard
