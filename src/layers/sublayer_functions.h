#pragma once

#include <memory>
#include <string>

#include "regard/layers/sublayer.h"

namespace regard {

/// The function of a sublayer of this kind. `name` is that of its attention records.
std::unique_ptr<SublayerFunction> make_function(const SublayerOptions& options,
                                                const SublayerSizes& sizes,
                                                const std::string& name);

/// Whether somebody reads the weights of the attention of this name.
bool is_recorded(const BlockInput& input, const std::string& name);
void record(const BlockInput& input, const std::string& name, const AttentionImpl& attention,
            const AttentionResult& result);

}  // namespace regard
