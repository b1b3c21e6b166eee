#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/engine/alignment.h"

namespace regard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

AttentionMatrix matrix(std::int64_t targets, std::int64_t sources, std::vector<float> values) {
  AttentionMatrix result(targets, sources);
  EXPECT_EQ(values.size(), result.values.size());
  result.values = std::move(values);
  return result;
}

using Words = std::vector<std::int64_t>;

TEST(LinkWords, LinksEachTargetWordWithTheSourceWordItLookedAtMost) {
  const AttentionMatrix weights = matrix(2, 3,
                                         {0.1f, 0.2f, 0.7f,  //
                                          0.8f, 0.1f, 0.1f});
  EXPECT_THAT(link_words(weights, Words{0, 1, 2}, Words{0, 1}),
              ElementsAre(Pair(2, 0), Pair(0, 1)));
}

TEST(LinkWords, SumsOverTheSubwordsOfASourceWord) {
  const AttentionMatrix weights = matrix(1, 3, {0.4f, 0.3f, 0.3f});
  EXPECT_THAT(link_words(weights, Words{0, 1, 1}, Words{0}), ElementsAre(Pair(1, 0)));
  EXPECT_THAT(link_words(weights, Words{0, 1, 2}, Words{0}), ElementsAre(Pair(0, 0)));
}

TEST(LinkWords, AveragesOverTheSubwordsOfATargetWord) {
  // The first subword prefers word 1, the three together word 0.
  const AttentionMatrix weights = matrix(4, 2,
                                         {0.4f, 0.6f,  //
                                          0.9f, 0.1f,  //
                                          0.5f, 0.5f,  //
                                          0.0f, 1.0f});
  EXPECT_THAT(link_words(weights, Words{0, 1}, Words{0, 0, 0, 1}),
              ElementsAre(Pair(0, 0), Pair(1, 1)));
}

TEST(LinkWords, TakesTheFirstOfEquals) {
  const AttentionMatrix weights = matrix(1, 4, {0.25f, 0.25f, 0.25f, 0.25f});
  EXPECT_THAT(link_words(weights, Words{0, 1, 2, 3}, Words{0}), ElementsAre(Pair(0, 0)));
  EXPECT_THAT(link_words(weights, Words{0, 1, 1, 2}, Words{0}), ElementsAre(Pair(1, 0)));
}

TEST(LinkWords, GivesNoLinkToAWordWithoutSubwordsOfItsOwn) {
  // The first target subword spans words 0 and 1.
  const AttentionMatrix weights = matrix(2, 2,
                                         {0.2f, 0.8f,  //
                                          0.3f, 0.7f});
  EXPECT_THAT(link_words(weights, Words{0, 1}, Words{0, 2}), ElementsAre(Pair(1, 0), Pair(1, 2)));
}

TEST(LinkWords, OfAnEmptySideAreNone) {
  EXPECT_THAT(link_words(AttentionMatrix(0, 2), Words{0, 1}, Words{}), IsEmpty());
  EXPECT_THAT(link_words(AttentionMatrix(2, 0), Words{}, Words{0, 1}), IsEmpty());
}

TEST(LinkWords, OfAnotherNumberOfSubwordsAreAMistake) {
  EXPECT_THROW(link_words(AttentionMatrix(2, 3), Words{0, 1}, Words{0, 1, 2}),
               std::invalid_argument);
}

TEST(Pharaoh, IsSourceDashTarget) {
  EXPECT_EQ(to_pharaoh({}), "");
  EXPECT_EQ(to_pharaoh({{0, 0}}), "0-0");
  EXPECT_EQ(to_pharaoh({{2, 0}, {0, 1}, {10, 12}}), "2-0 0-1 10-12");
}

TEST(LinkWords, SubwordsOfNoWordGiveNoLinks) {
  const AttentionMatrix weights = matrix(2, 2, {1, 0, 0, 1});
  const std::vector<std::int64_t> none = {-1, -1};
  const std::vector<std::int64_t> words = {0, 1};
  EXPECT_THAT(link_words(weights, none, words), IsEmpty());
  EXPECT_THAT(link_words(weights, words, none), IsEmpty());
  EXPECT_THAT(link_words(weights, words, words), ElementsAre(Pair(0, 0), Pair(1, 1)));
  EXPECT_THAT(words_of_their_own(3), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace regard
