#include "regard/attention/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/attention/attention_options.h"
#include "regard/attention/strategies.h"
#include "regard/core/error.h"

#include "core/file_support.h"

namespace regard::attention {
namespace {

using testing::HasSubstr;

/// Everything that has facts is made by something, and the other way round.
TEST(Facts, AreOfTheRegisteredStrategies) {
  const auto names = [](const auto& all) {
    std::vector<std::string> found;
    for (const auto& each : all)
      found.push_back(each.name);
    return found;
  };
  ASSERT_GE(score_facts().size(), 6U);
  EXPECT_EQ(names(score_facts()), names(score_specs()));
  EXPECT_EQ(names(align_facts()), names(align_specs()));
  EXPECT_EQ(names(position_facts()), names(position_specs()));
}

TEST(Facts, AreFoundByNamesAndAliases) {
  EXPECT_EQ(facts_of_score("concat").name, "additive");
  EXPECT_TRUE(facts_of_score("mlp").scores_features);
  EXPECT_TRUE(facts_of_align("hard").chooses_keys);
  EXPECT_FALSE(facts_of_position("none").turns_pairs);
  EXPECT_TRUE(facts_of_position("rope").turns_pairs);
  EXPECT_THROW(facts_of_score("product"), UserError);
  EXPECT_THROW(facts_of_align("none"), UserError);
}

TEST(Facts, AreTheTablesOfTheDocumentation) {
  const std::string page = test::slurp("docs/attention.md");
  ASSERT_FALSE(page.empty());
  for (const std::string& table : {score_table(), align_table(), position_table()})
    EXPECT_THAT(page, HasSubstr(table)) << "put this table into docs/attention.md:\n" << table;
}

}  // namespace
}  // namespace regard::attention
