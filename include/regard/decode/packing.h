#pragma once

#include <cstdint>
#include <vector>

#include "regard/core/error.h"
#include "regard/engine/transformer_plan.h"
#include "regard/model/model_options.h"

namespace regard {

/// Why a model of these options (in the full form) cannot be packed, with key, value and fix; empty
/// = it can: a plain encoder, and a decoder of sublayers that have a packed form.
std::vector<Problem> packing_obstacles(const ModelOptions& options);

/// The shape of a model of these options (in the full form), against which nothing stands.
TransformerPlan transformer_plan(const ModelOptions& options, std::int64_t source_vocabulary,
                                 std::int64_t target_vocabulary);

}  // namespace regard
