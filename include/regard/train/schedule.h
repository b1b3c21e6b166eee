#pragma once

#include <cstdint>

#include "regard/train/training_options.h"

namespace regard {

/// What a schedule uses in addition to the number of the update.
struct RateInputs {
  std::int64_t max_updates = 0;  ///< where linear and cosine end
  std::int64_t dim = 0;          ///< width of the model, for noam
  std::int64_t reductions = 0;   ///< how often plateau has lowered the rate
};

/// Learning rate of an update, counted from 1. Never below options.minimum once the warm-up is
/// over.
double learning_rate(const ScheduleOptions& options, std::int64_t update, const RateInputs& inputs);

}  // namespace regard
