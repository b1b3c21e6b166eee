#pragma once

#include <algorithm>
#include <cstdint>

namespace regard {

/// Which elements a dropout keeps: a hash of the seed and the element's index, so that it needs no
/// memory and can be asked again in a backward pass.
struct DropoutMask {
  std::uint32_t offset = 0;  ///< added to the index
  std::uint32_t salt = 0;    ///< mixed in between the rounds: streams are not shifted copies
  std::uint32_t threshold = 0;
  float scale = 1.0F;  ///< of what is kept

  DropoutMask(std::int64_t seed, double probability)
      : offset(static_cast<std::uint32_t>(static_cast<std::uint64_t>(seed))),
        salt(static_cast<std::uint32_t>(static_cast<std::uint64_t>(seed) >> 32)),
        threshold(static_cast<std::uint32_t>(std::min(probability * 4294967296.0, 4294967295.0))),
        scale(static_cast<float>(1.0 / (1.0 - probability))) {}

  bool drops() const { return threshold > 0; }
  /// A 32-bit integer hash of two multiply-xorshift rounds ("lowbias32", C. Wellons
  /// 2018), salted. Inline and without branches, so that loops over it become vector instructions.
  bool keeps(std::int64_t index) const {
    std::uint32_t x = static_cast<std::uint32_t>(index) + offset;
    x ^= x >> 16;
    x *= 0x21f0aaadU;
    x ^= salt;
    x ^= x >> 15;
    x *= 0xd35a2d97U;
    x ^= x >> 15;
    return x >= threshold;
  }
};

}  // namespace regard
