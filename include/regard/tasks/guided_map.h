#pragma once

#include <string>

#include "regard/model/model_options.h"
#include "regard/train/training_options.h"

namespace regard {

/// The name of the attention that learns given links: that of the options, or the cross-attention
/// of the last decoder block. Empty where the weight is 0. `model` in the full form (expand()).
std::string guided_map(const GuidedAlignmentOptions& options, const ModelOptions& model);

}  // namespace regard
