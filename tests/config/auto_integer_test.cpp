#include "regard/config/auto_integer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/config/reader.h"

namespace regard::config {
namespace {

struct BudgetOptions {
  using Self = BudgetOptions;
  AutoInteger budget = 4096;
  static void describe(auto&& field) { REGARD_FIELD(budget, "How much at a time.", at_least(2)); }
};
REGARD_DESCRIBED(BudgetOptions);

AutoInteger read_budget(const std::string& text) {
  return read<BudgetOptions>(parse_yaml("budget: " + text + "\n", "a.yaml")).budget;
}

std::string problem_of(const std::string& text) {
  try {
    read_budget(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(AutoIntegers, AreNumbersOrTheWordAuto) {
  EXPECT_TRUE(read_budget("auto").is_auto());
  EXPECT_FALSE(read_budget("7").is_auto());
  EXPECT_EQ(read_budget("7"), AutoInteger(7));
  EXPECT_EQ(to_yaml(BudgetOptions{AutoInteger()}), "budget: auto\n");
  EXPECT_EQ(to_yaml(BudgetOptions{}), "budget: 4096\n");
}

TEST(AutoIntegers, LimitsAreForNumbers) {
  EXPECT_THAT(problem_of("1"), testing::HasSubstr("1 is out of range (allowed: at least 2)"));
  EXPECT_THAT(problem_of("0"), testing::HasSubstr("0 is not allowed. Fix: write auto"));
  EXPECT_THAT(problem_of("atuo"), testing::HasSubstr("'atuo' is not a whole number or auto"));
  EXPECT_THAT(problem_of("'auto'"), testing::HasSubstr("is not a whole number or auto"));
  const auto fields = list_fields(group_of<BudgetOptions>());
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields.front().range_text, "auto; at least 2");
}

}  // namespace
}  // namespace regard::config
