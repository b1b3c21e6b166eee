#include "tasks/masked_lm/masking.h"

#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regard {
namespace {

MaskingVocabulary some_vocabulary() {
  return {1000, 4, {0, 1, 2, 3, 4}};
}

std::vector<std::int64_t> subwords(std::size_t count) {
  std::vector<std::int64_t> ids(count);
  std::iota(ids.begin(), ids.end(), 100);
  return ids;
}

/// Row R32: 15 % are chosen, of which 80 % are hidden, 10 % random, 10 % kept.
TEST(Masking, HasTheSharesOfItsOptions) {
  for (const std::size_t length : {12U, 40U, 200U}) {
    const std::vector<std::int64_t> ids = subwords(length);
    double seen = 0, chosen = 0, hidden = 0, kept = 0;
    for (std::uint64_t seed = 0; seed < 6000; ++seed) {
      const MaskedText text = mask_text(ids, {}, some_vocabulary(), seed);
      ASSERT_EQ(text.ids.size(), length);
      seen += static_cast<double>(length);
      chosen += static_cast<double>(text.places.size());
      for (const std::int64_t place : text.places) {
        const auto at = static_cast<std::size_t>(place);
        hidden += text.ids[at] == some_vocabulary().mask;
        kept += text.ids[at] == ids[at];
      }
    }
    EXPECT_NEAR(chosen / seen, 0.15, 0.01);
    EXPECT_NEAR(hidden / chosen, 0.8, 0.01);
    EXPECT_NEAR(kept / chosen, 0.1, 0.01);  // but for one in a thousand random ones
  }
}

TEST(Masking, ChangesNothingElseAndChoosesAtLeastOne) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<std::int64_t> ids = subwords(1 + seed % 5);
    const MaskedText text = mask_text(ids, {}, some_vocabulary(), seed);
    ASSERT_FALSE(text.places.empty());
    EXPECT_TRUE(std::is_sorted(text.places.begin(), text.places.end()));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool is_chosen =
          std::count(text.places.begin(), text.places.end(), static_cast<std::int64_t>(i)) > 0;
      if (!is_chosen) {
        EXPECT_EQ(text.ids[i], ids[i]);
      }
      for (const std::int64_t special : {0, 1, 2, 3})
        EXPECT_NE(text.ids[i], special);
    }
  }
}

TEST(Masking, IsAFunctionOfItsSeed) {
  const std::vector<std::int64_t> ids = subwords(100);
  const MaskedText first = mask_text(ids, {}, some_vocabulary(), 5);
  EXPECT_EQ(mask_text(ids, {}, some_vocabulary(), 5).ids, first.ids);
  EXPECT_NE(mask_text(ids, {}, some_vocabulary(), 6).places, first.places);
}

}  // namespace
}  // namespace regard
