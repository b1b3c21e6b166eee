#include "regard/formats/checksum.h"

#include <fstream>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "regard/core/files.h"

namespace regard {
namespace {

std::vector<std::byte> pattern(std::size_t length) {
  std::vector<std::byte> bytes(length);
  for (std::size_t i = 0; i < length; ++i)
    bytes[i] = static_cast<std::byte>(7 * i + 3);
  return bytes;
}

// Golden values: scripts/golden/make_checksum_golden.py.
TEST(Checksum, EqualsTheSecondImplementationOfItsDefinition) {
  std::ifstream golden("tests/golden/formats/checksum.txt");
  std::size_t length = 0;
  std::string expected;
  int count = 0;
  for (; golden >> length >> expected; ++count) {
    EXPECT_EQ(to_hex(checksum(pattern(length))), expected) << length;
  }
  EXPECT_EQ(count, 11);
}

TEST(Checksum, DoesNotDependOnTheAddress) {
  const std::vector<std::byte> bytes = pattern(200);
  const std::uint64_t expected = checksum(bytes);
  for (std::size_t shift = 1; shift < 16; ++shift) {
    std::vector<std::byte> moved(shift);
    moved.insert(moved.end(), bytes.begin(), bytes.end());
    EXPECT_EQ(checksum(std::span(moved).subspan(shift)), expected) << shift;
  }
}

TEST(Checksum, SeesEveryFlippedBitAndEveryPairOfFlippedBits) {
  std::vector<std::byte> bytes = pattern(144);  // two full blocks and a part of a third
  std::set<std::uint64_t> seen = {checksum(bytes)};
  const auto flip = [&](std::size_t bit) { bytes[bit / 8] ^= std::byte{1} << (bit % 8); };
  const std::size_t bits = bytes.size() * 8;
  std::size_t expected = 1;
  for (std::size_t a = 0; a < bits; ++a) {
    flip(a);
    seen.insert(checksum(bytes));
    ++expected;
    // Pairs in the same lane are the hard case: they pass through the same state.
    for (std::size_t b = a + 512; b < bits; b += 512) {
      flip(b);
      seen.insert(checksum(bytes));
      flip(b);
      ++expected;
    }
    flip(a);
  }
  EXPECT_EQ(seen.size(), expected);
}

TEST(Checksum, TellsZerosOfDifferentLengthsApart) {
  std::set<std::uint64_t> seen;
  for (std::size_t length = 0; length <= 300; ++length) {
    seen.insert(checksum(std::vector<std::byte>(length)));
  }
  EXPECT_EQ(seen.size(), 301U);
}

TEST(Checksum, TellsSwappedBlocksApart) {
  std::vector<std::byte> bytes = pattern(256);
  const std::uint64_t before = checksum(bytes);
  std::swap_ranges(bytes.begin(), bytes.begin() + 8, bytes.begin() + 64);  // two words of a lane
  EXPECT_NE(checksum(bytes), before);
  std::swap_ranges(bytes.begin(), bytes.begin() + 8, bytes.begin() + 64);
  std::swap_ranges(bytes.begin(), bytes.begin() + 8, bytes.begin() + 16);  // words of two lanes
  EXPECT_NE(checksum(bytes), before);
}

}  // namespace
}  // namespace regard
