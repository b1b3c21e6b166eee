#pragma once

#include <cstdint>

#include <torch/types.h>

namespace regard {

/// Between padded batches and their real tokens. `places` [tokens] (int64) are rows, each at most
/// once; each of the two is the gradient of the other, and a copy of memory, no more.

/// x [rows, width] -> [tokens, width]: row i is x[places[i]].
torch::Tensor pick_rows(const torch::Tensor& x, const torch::Tensor& places);

/// x [tokens, width] -> [rows, width]: row places[i] is x[i], the others are 0.
torch::Tensor place_rows(const torch::Tensor& x, const torch::Tensor& places, std::int64_t rows);

}  // namespace regard
