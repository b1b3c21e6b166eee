#pragma once

#include <filesystem>

#include "regard/app/config.h"

#include "model_folder.h"

namespace regard {

/// Takes the weights of training.init_from, if it is given, as the start of `model`. Throws
/// UserError where vocabulary or model differ.
void apply_init_from(const Config& config, const TokenizerPair& tokenizers, Seq2Seq model);

/// What the ids mean: in a run that goes on, what they meant before; with the vocabulary of
/// training.init_from, what they mean there. `run` is the run's directory, empty = none.
TokenRoles roles_for(const Config& config, const TokenizerPair& tokenizers,
                     const std::filesystem::path& run);

/// The folder of the checkpoint that the weights of training.init_from are from. Throws UserError
/// when there is none.
std::filesystem::path init_checkpoint(const TrainingOptions& training);

}  // namespace regard
