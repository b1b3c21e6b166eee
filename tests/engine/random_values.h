#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "regard/core/random.h"

namespace regard::test {

/// Of a bell curve of this width around 0.
inline std::vector<float> random_values(std::int64_t count, float width, std::uint64_t seed) {
  RandomStream random(seed);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) {
    double sum = 0;
    for (int k = 0; k < 12; ++k)
      sum += random.uniform();
    values.push_back(static_cast<float>(sum - 6.0) * width);
  }
  return values;
}

}  // namespace regard::test
