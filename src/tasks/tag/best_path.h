#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "regard/text/bio.h"

namespace regard {

/// A sequence of tags.
struct TagPath {
  std::vector<std::int64_t> tags;
  double log_probability = 0;
};

/// The most probable tag of each word. log_probabilities [words, tags], double, on the CPU.
TagPath best_tags(const torch::Tensor& log_probabilities);

/// The most probable sequence in which every tag may follow the one before (Viterbi 1967).
TagPath best_path(const torch::Tensor& log_probabilities, const BioTransitions& transitions);

}  // namespace regard
