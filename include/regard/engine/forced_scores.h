#pragma once

#include <vector>

#include "regard/engine/step_scorer.h"
#include "regard/engine/token_roles.h"

namespace regard {

/// The log-probability of each token of given translations, and of the end mark after them: of each
/// pair [target tokens + 1], natural logarithms. A search over the same scorer adds up the same
/// numbers. A first token that is roles.forced_first is certain.
std::vector<std::vector<double>> forced_scores(StepScorer& scorer,
                                               const std::vector<TokenPair>& pairs,
                                               const TokenRoles& roles);

}  // namespace regard
