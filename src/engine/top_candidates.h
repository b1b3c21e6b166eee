#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regard/engine/step_scorer.h"

namespace regard {

/// A way to continue with one of the hypotheses of a sentence.
struct Candidate {
  float score = 0;       ///< of the hypothesis and the token together
  std::int64_t row = 0;  ///< of the sentence
  std::int64_t token = 0;
};

/// For each sentence the `count` best continuations, best first, of equal ones the earlier row and
/// token; fewer where fewer are possible (above -infinity). scores [sentences * width, vocabulary]
/// are log-probabilities, `so_far` holds what each row has already.
std::vector<std::vector<Candidate>> top_candidates(const ScoreRows& scores,
                                                   std::span<const float> so_far,
                                                   std::int64_t width, std::int64_t count);

/// The index of the largest of `size` values, the first of equal ones; size > 0.
std::int64_t place_of_largest(const float* values, std::int64_t size);

}  // namespace regard
