#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "regard/config/rules.h"

namespace regard::config {

/// The divisor of `whole` (above 0) that is nearest to `wanted`; of two equally near the smaller.
std::int64_t nearest_divisor(std::int64_t whole, std::int64_t wanted);

/// Adds a failure at `path` where `part` (above 0) does not divide `whole`, with the nearest number
/// that does: "7 does not divide model.dim = 512", "use 8". True when there is none.
bool check_divides(Checks& checks, const std::string& path, std::int64_t part,
                   std::string_view whole_name, std::int64_t whole);

}  // namespace regard::config
