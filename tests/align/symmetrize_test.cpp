#include "regard/align/symmetrize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

namespace regard {
namespace {

using testing::HasSubstr;

// Forward 0-0 1-1 3-2 0-4, reverse 0-0 1-1 2-1 3-3, of four and five words. Common are 0-0 and 1-1.
// From there: 2-1 touches 1-1 and source word 2 is free; 3-2 touches 2-1, both words free; 3-3
// touches 3-2 and target word 3 is free. 0-4 touches nothing: target word 4 is free, source word 0
// is not.
const Links kForward = {{0, 0}, {1, 1}, {3, 2}, {0, 4}};
const Links kReverse = {{0, 0}, {1, 1}, {2, 1}, {3, 3}};
const SentenceWords kWords = {4, 5};

Links together(const char* how) {
  return symmetrize(kForward, kReverse, kWords, parse_symmetrization(how));
}

TEST(Symmetrize, IntersectsAndUnites) {
  EXPECT_EQ(together("intersect"), (Links{{0, 0}, {1, 1}}));
  EXPECT_EQ(together("union"), (Links{{0, 0}, {0, 4}, {1, 1}, {2, 1}, {3, 2}, {3, 3}}));
}

TEST(Symmetrize, GrowsFromTheCommonLinks) {
  EXPECT_EQ(together("grow-diag"), (Links{{0, 0}, {1, 1}, {2, 1}, {3, 2}, {3, 3}}));
}

TEST(Symmetrize, FinalTakesLinksWithOneFreeWordAndFinalAndThoseWithTwo) {
  EXPECT_EQ(together("grow-diag-final"), together("union"));
  EXPECT_EQ(together("grow-diag-final-and"), together("grow-diag"));
  // 2-2 touches nothing, and both of its words are free.
  EXPECT_EQ(symmetrize({{0, 0}, {2, 2}}, {{0, 0}}, {3, 3}, Symmetrization::grow_diag),
            (Links{{0, 0}}));
  EXPECT_EQ(symmetrize({{0, 0}, {2, 2}}, {{0, 0}}, {3, 3}, Symmetrization::grow_diag_final_and),
            (Links{{0, 0}, {2, 2}}));
}

TEST(Symmetrize, HasNothingToDoForEmptySides) {
  for (const auto how : {Symmetrization::intersect, Symmetrization::grow_diag_final_and})
    EXPECT_EQ(symmetrize({}, {}, {0, 3}, how), Links{});
}

TEST(Symmetrize, NamesWhatItKnows) {
  try {
    parse_symmetrization("grow-diag-finale");
    FAIL() << "an unknown name was taken";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean grow-diag-final"));
    EXPECT_THAT(error.what(), HasSubstr("use one of intersect, union, grow-diag"));
  }
}

}  // namespace
}  // namespace regard
