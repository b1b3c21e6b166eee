#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "regard/decode/search.h"

namespace regard {

/// An int64 tensor on the CPU.
torch::Tensor index_tensor(const std::vector<std::int64_t>& values);

/// Source lengths as numbers, end marks included.
std::vector<std::int64_t> lengths_of(const Sequences& source);

/// Makes what must not be said impossible in log-probabilities [rows, vocabulary]: suppressed ids
/// always, the end mark while `is_too_short`.
void suppress(torch::Tensor& log_probabilities, const TokenRoles& roles, bool is_too_short);

}  // namespace regard
