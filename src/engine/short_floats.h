#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace regard {

/// The nearest bfloat16, of two the even one.
inline std::uint16_t to_bfloat16(float value) {
  if (std::isnan(value)) return 0x7fc0;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

/// The nearest float16, of two the even one: additions of floats round to its digits. Beyond its
/// range it is infinity.
inline std::uint16_t to_float16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits & 0x80000000U) >> 16;
  const std::uint32_t doubled = bits + bits;  // without the sign
  if (doubled > 0xff000000U) return static_cast<std::uint16_t>(sign | 0x7e00U);
  const std::uint32_t exponent = std::max(doubled & 0xff000000U, 0x71000000U);
  const float scaled = (std::abs(value) * 0x1p112F) * 0x1p-110F;
  const float rounded = std::bit_cast<float>((exponent >> 1) + 0x07800000U) + scaled;
  const auto found = std::bit_cast<std::uint32_t>(rounded);
  return static_cast<std::uint16_t>(sign | (((found >> 13) & 0x7c00U) + (found & 0x0fffU)));
}

}  // namespace regard
