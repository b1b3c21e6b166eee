#pragma once

#include <cstdint>

#include "regard/config/describe.h"

namespace regard {

/// The function between the two linear maps of a feed-forward sublayer.
enum class Activation { relu, gelu, silu };
REGARD_ENUM(Activation, relu, gelu, silu);

/// In place, to a few units of the last digit.
///   gelu  x (1 + erf(x / sqrt(2))) / 2   Hendrycks & Gimpel 2016
///   silu  x / (1 + exp(-x))              Elfwing et al. 2017
void activate(Activation activation, float* values, std::int64_t count);

/// 1 / (1 + exp(-x)), in place.
void apply_sigmoid(float* values, std::int64_t count);

}  // namespace regard
