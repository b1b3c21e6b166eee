#include "regard/core/error.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regard {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(SourceSpot, PrintsWhatIsKnown) {
  EXPECT_EQ(to_string(SourceSpot{"configs/a.yaml", 14, 7}), "configs/a.yaml:14:7");
  EXPECT_EQ(to_string(SourceSpot{"data/train.de", 12}), "data/train.de:12");
  EXPECT_EQ(to_string(SourceSpot{"--set"}), "--set");
  EXPECT_EQ(to_string(SourceSpot{"a", 0, 7}), "a") << "a column without a line says nothing";
}

/// The line of a problem.
std::string line_of(SourceSpot spot, std::string what, std::string fix = "") {
  Problem problem;
  problem.spot = std::move(spot);
  problem.what = std::move(what);
  problem.fix = std::move(fix);
  return to_string(problem);
}

TEST(Problem, PrintsPlaceReasonAndFix) {
  EXPECT_EQ(
      line_of({"configs/a.yaml", 14, 7}, "model.heads: 7 does not divide model.dim = 512", "use 8"),
      "configs/a.yaml:14:7: model.heads: 7 does not divide model.dim = 512. Fix: use 8.");
}

TEST(Problem, WithoutPlaceOrFixIsJustTheText) {
  EXPECT_EQ(line_of({}, "out of memory"), "out of memory.");
}

TEST(Problem, GetsNoSecondFullStop) {
  EXPECT_EQ(line_of({}, "did you mean 'dim'?", "use it!"), "did you mean 'dim'? Fix: use it!");
  EXPECT_EQ(line_of({}, "Done.", "Wait."), "Done. Fix: Wait.");
  EXPECT_EQ(line_of({}, "10432 lines (10431)"), "10432 lines (10431).");
}

TEST(Problem, EscapesUntrustedTextInEveryPart) {
  EXPECT_EQ(line_of({"a\nb", 1}, "key \x1b[31m is unknown", "use \xff"),
            "a\\x0ab:1: key \\x1b[31m is unknown. Fix: use \\xff.");
}

TEST(Problem, KeepsPlaceAndFixWhenTheReasonIsTooLong) {
  const std::string line = line_of({"a.yaml", 3}, std::string(5000, 'x'), "shorten it");
  EXPECT_THAT(line, StartsWith("a.yaml:3: xxx"));
  EXPECT_THAT(line, EndsWith("xxx... Fix: shorten it."));
  EXPECT_EQ(line.size() + std::string("error: ").size(), 999u) << "one is kept for a full stop";
}

TEST(Problem, FitsIntoALineEvenWhenEveryPartIsTooLong) {
  const std::string long_text(5000, '\n');
  const std::string line = line_of({long_text, 3, 9}, long_text, long_text);
  EXPECT_LE(line.size() + std::string("error: ").size(), 1000u);
  EXPECT_THAT(line, HasSubstr("...:3:9: "));
  EXPECT_THAT(line, HasSubstr(" Fix: "));
}

std::vector<Problem> make_problems(int count) {
  std::vector<Problem> problems;
  for (int i = 1; i <= count; ++i)
    problems.push_back({{"f", i}, "bad", ""});
  return problems;
}

TEST(Error, CarriesKindProblemsAndText) {
  const UserError user(make_problems(2));
  EXPECT_EQ(user.kind(), ErrorKind::user);
  EXPECT_EQ(user.problems().size(), 2u);
  EXPECT_STREQ(user.what(), "f:1: bad.\nf:2: bad.");
  const RunError run(SourceSpot{"disk"}, "full", "free some space");
  EXPECT_EQ(run.kind(), ErrorKind::environment);
  EXPECT_STREQ(run.what(), "disk: full. Fix: free some space.");
  EXPECT_STREQ(UserError("what", "fix").what(), "what. Fix: fix.");
}

TEST(Error, IsCaughtAsStandardException) {
  try {
    throw UserError("bad");
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "bad.");
  }
}

TEST(ErrorLines, PrefixEachProblem) {
  EXPECT_THAT(error_lines(UserError(make_problems(2))),
              ElementsAre("error: f:1: bad.", "error: f:2: bad."));
}

TEST(ErrorLines, StopAfterTen) {
  EXPECT_EQ(error_lines(UserError(make_problems(10))).size(), 10u);
  const auto lines = error_lines(UserError(make_problems(13)));
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_EQ(lines[9], "error: f:10: bad.");
  EXPECT_EQ(lines[10], "error: and 3 more problems");
  EXPECT_EQ(error_lines(UserError(make_problems(11))).back(), "error: and 1 more problem");
}

}  // namespace
}  // namespace regard
