#pragma once

#include <cstdint>
#include <vector>

#include "regard/config/describe.h"

namespace regard {

/// Position encoding added to the embeddings.
enum class PositionKind { sinusoidal, sinusoidal_halves, timing, learned, none };
REGARD_ENUM(PositionKind, sinusoidal, sinusoidal_halves, timing, learned, none);

// clang-format off
/// The closed form of `positions` positions [positions, dim], computed in double; dim is even.
///   sinusoidal         sin, cos interleaved  angle p / 10000^(2i/dim)       Vaswani et al. 2017, 3.5
///   sinusoidal_halves  sines | cosines       angle p / 10000^(2i/dim)       Hugging Face Marian
///   timing             sines | cosines       angle p / 10000^(i/(dim/2-1))  tensor2tensor, fairseq, Marian
/// Checkpoints must not be moved between them: they are not permutations of each other.
// clang-format on
std::vector<float> position_vectors(PositionKind kind, std::int64_t positions, std::int64_t dim);

}  // namespace regard
