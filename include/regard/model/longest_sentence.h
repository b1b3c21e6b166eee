#pragma once

#include <cstdint>

#include "regard/model/model_options.h"

namespace regard {

/// The longest source and translation, in subwords without start and end marks, that the positions
/// of these models allow; 0 = no limit.
std::int64_t longest_sentence(const ModelOptions& model);

}  // namespace regard
