#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/fields.h"
#include "regard/config/reader.h"

namespace regard::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct CutOptions {
  using Self = CutOptions;
  std::string kind = "none";
  double rate = 0.5;
  std::int64_t steps = 3;
  std::vector<std::int64_t> sizes = {1};

  static void describe(auto&& field) {
    REGARD_FIELD(kind, "Kind.", one_of({"none", "linear", "step"}));
    REGARD_FIELD(rate, "Rate.", only_with("kind", {"linear", "step"}));
    REGARD_FIELD(steps, "Steps.", only_with("kind", {"step"}, "use kind: step, or no steps"));
    REGARD_FIELD(sizes, "Sizes.", used_with("kind", {"step"}));
  }
};
REGARD_DESCRIBED(CutOptions);

std::vector<std::string> problems_of(const std::string& yaml) {
  CutOptions options;
  std::vector<Problem> problems;
  read_into(group_of<CutOptions>(), &options, parse_yaml(yaml, "a.yaml"), problems, nullptr);
  std::vector<std::string> texts;
  for (const Problem& problem : problems)
    texts.push_back(problem.what + " | " + problem.fix);
  return texts;
}

TEST(OnlyWith, RefusesOtherValuesWhereTheKeyHasNoUse) {
  EXPECT_THAT(
      problems_of("rate: 0.25"),
      ElementsAre("rate: is only used by kind: linear or step, not by none | remove it, or use "
                  "kind: linear or step"));
  EXPECT_THAT(
      problems_of("{kind: linear, steps: 4}"),
      ElementsAre("steps: is only used by kind: step, not by linear | use kind: step, or no "
                  "steps"));
  EXPECT_THAT(problems_of("{rate: 0.25, steps: 4}"), testing::SizeIs(2));
}

TEST(OnlyWith, TakesDefaultsAndItsOwners) {
  EXPECT_THAT(problems_of("{kind: step, rate: 0.25, steps: 4}"), IsEmpty());
  EXPECT_THAT(problems_of("{kind: linear, rate: 0.25}"), IsEmpty());
  EXPECT_THAT(problems_of("{rate: 0.5, steps: 3}"), IsEmpty());
}

TEST(UsedWith, IsNoMistakeButIsFound) {
  EXPECT_THAT(problems_of("sizes: [2, 3]"), IsEmpty());
  CutOptions options;
  EXPECT_THAT(unused_keys(options), ElementsAre("rate", "steps", "sizes"));
  options.kind = "linear";
  EXPECT_THAT(unused_keys(options), ElementsAre("steps", "sizes"));
  options.kind = "step";
  EXPECT_THAT(unused_keys(options), IsEmpty());
}

TEST(OnlyWith, IsToldByTheDocumentation) {
  const std::vector<FieldDoc> fields = list_fields<CutOptions>();
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields[0].doc, "Kind.");
  EXPECT_EQ(fields[1].doc, "Only with kind: linear, step. Rate.");
  EXPECT_EQ(fields[3].doc, "Only with kind: step. Sizes.");
}

struct LostOptions {
  using Self = LostOptions;
  double rate = 0.5;
  static void describe(auto&& field) { REGARD_FIELD(rate, "Rate.", only_with("kind", {"step"})); }
};
REGARD_DESCRIBED(LostOptions);

TEST(OnlyWith, NeedsAKeyOfItsStruct) {
  try {
    unused_keys(LostOptions());
    ADD_FAILURE() << "nothing thrown";
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("rate belongs to kind, which is no key"));
  }
}

}  // namespace
}  // namespace regard::config
