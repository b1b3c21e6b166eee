#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace regard {

/// exp(x) for x <= 0, relative error below 2e-7 (the Cephes polynomial after splitting off powers
/// of two). Inline and without branches, so that loops over it become vector instructions.
inline float exp_of_negative(float x) {
  x = std::max(x, -87.0F);
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float n = (x * 1.44269504F + kRound) - kRound;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float fraction = p * r * r + r + 1.0F;
  const std::int32_t bits = (static_cast<std::int32_t>(n) + 127) << 23;
  float power;  // NOLINT(cppcoreguidelines-init-variables)
  std::memcpy(&power, &bits, sizeof(power));
  return fraction * power;
}

}  // namespace regard
