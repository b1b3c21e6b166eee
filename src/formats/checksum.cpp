#include "regard/formats/checksum.h"

#include <array>
#include <bit>
#include <cstring>

namespace regard {
namespace {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

constexpr std::size_t kLanes = 8;
constexpr std::size_t kBlockBytes = kLanes * sizeof(std::uint64_t);
using Lanes = std::array<std::uint64_t, kLanes>;

constexpr std::uint64_t mix(std::uint64_t state, std::uint64_t word) {
  return std::rotl(state ^ (word * 0xD1B54A32D192ED03ULL), 31) * 0x9E3779B97F4A7C15ULL;
}

void add_block(Lanes& lanes, const std::byte* block) {
  Lanes words;
  std::memcpy(words.data(), block, kBlockBytes);  // the data may lie at any address
  for (std::size_t i = 0; i < kLanes; ++i)
    lanes[i] = mix(lanes[i], words[i]);
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes) {
  Lanes lanes;
  for (std::size_t i = 0; i < kLanes; ++i)
    lanes[i] = i + 1;
  const std::size_t whole = bytes.size() - bytes.size() % kBlockBytes;
  for (std::size_t i = 0; i < whole; i += kBlockBytes)
    add_block(lanes, bytes.data() + i);
  if (whole < bytes.size()) {
    std::array<std::byte, kBlockBytes> rest{};
    std::memcpy(rest.data(), bytes.data() + whole, bytes.size() - whole);
    add_block(lanes, rest.data());
  }
  std::uint64_t result = bytes.size();
  for (const std::uint64_t lane : lanes)
    result = mix(result, lane);
  result = mix(result ^ (result >> 32), 0);
  return result ^ (result >> 29);
}

}  // namespace regard
