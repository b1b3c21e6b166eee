#pragma once

#include <cstdint>
#include <cstring>

namespace regard {

/// ln(x) for normal x > 0, relative error below 3e-7 away from 1 and absolute error below 1e-7
/// around it (the Cephes polynomial after splitting off a power of two). Inline and without
/// branches, so that loops over it become vector instructions.
inline float log_of_positive(float x) {
  std::int32_t bits;  // NOLINT(cppcoreguidelines-init-variables)
  std::memcpy(&bits, &x, sizeof(bits));
  // x = 2^exponent * m with m from sqrt(1/2) to sqrt(2)
  constexpr std::int32_t kRootOfHalf = 0x3f3504f3;
  const std::int32_t exponent = (bits - kRootOfHalf) >> 23;
  bits -= exponent << 23;
  float m;  // NOLINT(cppcoreguidelines-init-variables)
  std::memcpy(&m, &bits, sizeof(m));
  m -= 1.0F;
  float p = 7.0376836292e-2F;
  p = p * m - 1.1514610310e-1F;
  p = p * m + 1.1676998740e-1F;
  p = p * m - 1.2420140846e-1F;
  p = p * m + 1.4249322787e-1F;
  p = p * m - 1.6668057665e-1F;
  p = p * m + 2.0000714765e-1F;
  p = p * m - 2.4999993993e-1F;
  p = p * m + 3.3333331174e-1F;
  const float square = m * m;
  const auto n = static_cast<float>(exponent);
  const float y = p * m * square + n * -2.12194440e-4F - 0.5F * square;
  return (m + y) + n * 0.693359375F;
}

}  // namespace regard
