#include "regard/core/random.h"

#include <cassert>

namespace regard {
namespace {

constexpr std::uint64_t kGoldenGamma = 0x9e3779b97f4a7c15ULL;

}  // namespace

std::uint64_t RandomStream::next() {
  state_ += kGoldenGamma;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  assert(bound > 0);
  // 2^64 mod bound: without that many of the lowest numbers, every remainder is equally frequent.
  const std::uint64_t rejected = (0 - bound) % bound;
  std::uint64_t number = next();
  while (number < rejected)
    number = next();
  return number % bound;
}

double RandomStream::uniform() {
  // The 53 high bits: as many as a double holds below 1.
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint64_t derive_seed(std::initializer_list<std::uint64_t> parts) {
  // Starting from the count keeps a list apart from the same list with zeros behind it.
  std::uint64_t seed = RandomStream(parts.size()).next();
  for (const std::uint64_t part : parts)
    seed = RandomStream(seed ^ part).next();
  return seed;
}

}  // namespace regard
