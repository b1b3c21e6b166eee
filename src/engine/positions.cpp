#include "regard/engine/positions.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "regard/core/strings.h"

namespace regard {
namespace {

/// Rate i of dim / 2: the angle of position p is p * rate.
double rate(PositionKind kind, std::int64_t i, std::int64_t dim) {
  const auto pairs = static_cast<double>(dim / 2);
  const double exponent = kind == PositionKind::timing
                              ? static_cast<double>(i) / std::max(1.0, pairs - 1.0)
                              : static_cast<double>(i) / pairs;
  return std::pow(10000.0, -exponent);
}

}  // namespace

std::vector<float> position_vectors(PositionKind kind, std::int64_t positions, std::int64_t dim) {
  if (dim % 2 != 0) throw std::invalid_argument(str("positions need an even dim, got ", dim));
  std::vector<float> table(static_cast<std::size_t>(positions * dim));
  const std::int64_t pairs = dim / 2;
  const bool is_interleaved = kind == PositionKind::sinusoidal;
  float* out = table.data();
  for (std::int64_t p = 0; p < positions; ++p, out += dim) {
    for (std::int64_t i = 0; i < pairs; ++i) {
      const double angle = static_cast<double>(p) * rate(kind, i, dim);
      out[is_interleaved ? 2 * i : i] = static_cast<float>(std::sin(angle));
      out[is_interleaved ? 2 * i + 1 : pairs + i] = static_cast<float>(std::cos(angle));
    }
  }
  return table;
}

}  // namespace regard
