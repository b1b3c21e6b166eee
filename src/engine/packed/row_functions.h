#pragma once

#include <cstdint>

#include "norm_weights.h"

namespace regard {

/// Layer norm of each row of x [rows, dim], in place allowed: y may be x. Ba et al. 2016.
void normalise_rows(const float* x, std::int64_t rows, const PackedNorm& norm, double epsilon,
                    float* y);

}  // namespace regard
