#include "regard/config/divides.h"

#include <gtest/gtest.h>

namespace regard::config {
namespace {

TEST(NearestDivisor, IsTheNearestAndOfTwoTheSmaller) {
  EXPECT_EQ(nearest_divisor(512, 7), 8);
  EXPECT_EQ(nearest_divisor(8, 3), 2);
  EXPECT_EQ(nearest_divisor(100, 8), 10);
  EXPECT_EQ(nearest_divisor(13, 6), 1);
  EXPECT_EQ(nearest_divisor(4, 9), 4);
  EXPECT_EQ(nearest_divisor(6, 6), 6);
}

TEST(CheckDivides, FailsWithTheNearestNumberThatDoes) {
  Checks checks;
  EXPECT_TRUE(check_divides(checks, "heads", 8, "model.dim", 512));
  EXPECT_TRUE(checks.failures().empty());
  EXPECT_FALSE(check_divides(checks, "heads", 7, "model.dim", 512));
  ASSERT_EQ(checks.failures().size(), 1U);
  EXPECT_EQ(checks.failures()[0].path, "heads");
  EXPECT_EQ(checks.failures()[0].what, "7 does not divide model.dim = 512");
  EXPECT_EQ(checks.failures()[0].fix, "use 8");
}

}  // namespace
}  // namespace regard::config
