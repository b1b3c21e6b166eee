#include "regard/engine/length_penalty.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

namespace regard {
namespace {

using Kind = LengthPenalty::Kind;

TEST(LengthPenalty, EqualsItsClosedForms) {
  for (const std::int64_t length : {1, 2, 7, 100}) {
    const auto n = static_cast<double>(length);
    for (const double sum : {-0.25, -3.0, -41.5}) {
      EXPECT_DOUBLE_EQ((LengthPenalty{Kind::none, 0.7}).apply(sum, length), sum);
      EXPECT_DOUBLE_EQ((LengthPenalty{Kind::average, 1.0}).apply(sum, length), sum / n);
      EXPECT_DOUBLE_EQ((LengthPenalty{Kind::average, 0.5}).apply(sum, length), sum / std::sqrt(n));
      EXPECT_DOUBLE_EQ((LengthPenalty{Kind::gnmt, 1.0}).apply(sum, length), sum * 6.0 / (5.0 + n));
      EXPECT_DOUBLE_EQ((LengthPenalty{Kind::gnmt, 0.6}).apply(sum, length),
                       sum / std::exp(0.6 * std::log((5.0 + n) / 6.0)));
    }
  }
}

TEST(LengthPenalty, OfLengthOneOrAlphaZeroIsTheSum) {
  for (const Kind kind : {Kind::none, Kind::average, Kind::gnmt}) {
    EXPECT_DOUBLE_EQ((LengthPenalty{kind, 0.8}).apply(-2.5, 1), -2.5);
    EXPECT_DOUBLE_EQ((LengthPenalty{kind, 0.0}).apply(-2.5, 9), -2.5);
  }
}

TEST(LengthPenalty, FavoursLengthMoreWithALargerAlpha) {
  for (const Kind kind : {Kind::average, Kind::gnmt}) {
    const auto score = [&](double alpha) { return LengthPenalty{kind, alpha}.apply(-6.0, 12); };
    EXPECT_LT(score(0.5), score(1.0));
    EXPECT_LT(score(1.0), score(2.0));
  }
}

TEST(LengthPenaltyText, IsRead) {
  EXPECT_EQ(parse_length_penalty("none").kind, Kind::none);
  EXPECT_EQ(parse_length_penalty("average:1.0").kind, Kind::average);
  EXPECT_EQ(parse_length_penalty("average:1.0").alpha, 1.0);
  EXPECT_EQ(parse_length_penalty("gnmt:0.6").kind, Kind::gnmt);
  EXPECT_EQ(parse_length_penalty("gnmt:0.6").alpha, 0.6);
  EXPECT_EQ(parse_length_penalty("average:0").alpha, 0.0);
  EXPECT_EQ(parse_length_penalty("gnmt:10").alpha, 10.0);
}

TEST(LengthPenaltyText, ThatIsNothingElseIsRefused) {
  for (const char* text : {"", "average", "average:", "average:x", "average:1.0 ", "average: 1",
                           "average:-1", "average:10.5", "average:nan", "average:inf", "gnmt",
                           "gnmt:0.6:1", "none:1", "None", "mean:1", ":1"}) {
    EXPECT_FALSE(is_length_penalty(text)) << text;
    EXPECT_THROW(parse_length_penalty(text), UserError) << text;
  }
  for (const char* text : {"none", "average:1.0", "gnmt:0.6"})
    EXPECT_TRUE(is_length_penalty(text)) << text;
}

TEST(LengthPenaltyText, IsEscapedInTheMessage) {
  try {
    parse_length_penalty("a\nb");
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("a\\x0ab"));
    EXPECT_THAT(error.what(), testing::HasSubstr("for example average:1.0"));
  }
}

}  // namespace
}  // namespace regard
