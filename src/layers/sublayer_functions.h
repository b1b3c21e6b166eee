#pragma once

#include <memory>
#include <string>

#include "regard/layers/sublayer.h"

namespace regard {

/// The function of a sublayer of this kind. `name` is that of its attention records.
std::unique_ptr<SublayerFunction> make_function(const SublayerOptions& options,
                                                const SublayerSizes& sizes,
                                                const std::string& name);

}  // namespace regard
