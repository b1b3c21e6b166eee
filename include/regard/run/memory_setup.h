#pragma once

#include "regard/core/logger.h"
#include "regard/core/profile.h"
#include "regard/data/batch_maker.h"
#include "regard/run/config.h"
#include "regard/train/objective.h"

namespace regard {

/// What the memory of training depends on.
struct MemorySubject {
  Objective& objective;  ///< its network is on the device of the training
  const BatchMaker& batches;
};

/// Chooses training.batch_tokens where it is auto, and says what it is. `profile` may be null.
void settle_batch_tokens(const MemorySubject& subject, Config& config, Logger& logger,
                         Profile* profile);

/// Before the first update of a run: tries the largest batch and says what memory training takes.
/// `profile` may be null.
void try_largest_batch(const MemorySubject& subject, const Config& config, Logger& logger,
                       Profile* profile);

/// `model` is in the full form. Throws RunError when the weights alone, counted low, take more
/// memory than there is: making them would end the program, or another one.
void check_weights_fit(const ModelOptions& model, std::int64_t target_vocabulary,
                       const torch::Device& device);

/// Where training.batch_tokens is auto: that of the run in config.output, if there is one.
void take_batch_tokens_of_run(Config& config);

}  // namespace regard
