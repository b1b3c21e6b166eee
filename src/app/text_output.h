#pragma once

#include <string_view>

namespace regard {

/// Throws RunError when it cannot be written (full, closed).
void write_standard_output(std::string_view text);

}  // namespace regard
