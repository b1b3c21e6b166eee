#pragma once

#include <vector>

#include "regard/engine/step_scorer.h"

namespace regard {

/// The logarithm of the mean of probabilities that are given as logarithms, all of one shape.
void write_mean(const std::vector<ScoreRows>& members, float* mean);

}  // namespace regard
