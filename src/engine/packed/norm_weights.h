#pragma once

#include <cstdint>
#include <vector>

namespace regard {

/// Of a layer norm.
struct PackedNorm {
  std::vector<float> scale;  ///< [dim]
  std::vector<float> shift;  ///< [dim]
};

}  // namespace regard
