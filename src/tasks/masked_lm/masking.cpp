#include "masking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "regard/core/random.h"

namespace regard {
namespace {

std::int64_t any_subword(const MaskingVocabulary& vocabulary, RandomStream& random) {
  while (true) {
    const auto id =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(vocabulary.size)));
    const auto& special = vocabulary.special;
    if (std::find(special.begin(), special.end(), id) == special.end()) return id;
  }
}

}  // namespace

MaskedText mask_text(const std::vector<std::int64_t>& ids, const MaskingOptions& options,
                     const MaskingVocabulary& vocabulary, std::uint64_t seed) {
  MaskedText masked{ids, {}};
  if (ids.empty()) return masked;
  RandomStream random(seed);
  const auto size = static_cast<double>(ids.size());
  // Rounded up as often as it takes for the mean to be the rate.
  const auto wanted = static_cast<std::size_t>(std::floor(options.rate * size + random.uniform()));
  const std::size_t count = std::clamp<std::size_t>(wanted, 1, ids.size());
  std::vector<std::int64_t> order(ids.size());
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, random);
  masked.places.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
  std::sort(masked.places.begin(), masked.places.end());
  for (const std::int64_t place : masked.places) {
    std::int64_t& id = masked.ids[static_cast<std::size_t>(place)];
    const double draw = random.uniform();
    if (draw < options.random) {
      id = any_subword(vocabulary, random);
    } else if (draw >= options.random + options.keep) {
      id = vocabulary.mask;
    }
  }
  return masked;
}

}  // namespace regard
