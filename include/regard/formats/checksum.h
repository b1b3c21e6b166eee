#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace regard {

/// A fast 64-bit checksum that finds accidental damage (it is not a protection against an
/// attacker). About as fast as memory. The exact definition, since it is part of our file format;
/// all arithmetic is modulo 2^64:
///
/// - mix(h, w) = rotate_left(h xor (w * 0xD1B54A32D192ED03), 31) * 0x9E3779B97F4A7C15.
/// - There are eight lanes; lane i starts as i + 1.
/// - The bytes, padded with zeros to a multiple of 64, are read as 64-bit little-endian words w[k];
///   for each k in order, lane[k mod 8] = mix(lane[k mod 8], w[k]).
/// - h starts as the number of bytes; for each lane in order, h = mix(h, lane).
/// - Then h = mix(h xor (h >> 32), 0), and the result is h xor (h >> 29).
///
/// Every step is a bijection of the state, so damage confined to one 8-byte word (any single
/// flipped bit) always changes the result; other damage goes unseen with a chance of about 2^-64.
std::uint64_t checksum(std::span<const std::byte> bytes);

}  // namespace regard
