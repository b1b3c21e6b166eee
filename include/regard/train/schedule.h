#pragma once

#include <cstdint>

#include "regard/train/training_options.h"

namespace regard {

/// Learning rate of an update, counted from 1. `max_updates` ends the linear and the cosine
/// schedule.
double learning_rate(const ScheduleOptions& options, std::int64_t update, std::int64_t max_updates);

}  // namespace regard
