#include "regard/config/fields.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/example_options.h"

namespace regard::config {
namespace {

using example::Options;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

FieldDoc field_at(const std::string& path) {
  const std::vector<FieldDoc> fields = list_fields<Options>();
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.path == path; });
  if (found == fields.end()) {
    ADD_FAILURE() << "no field " << path;
    return {};
  }
  return *found;
}

TEST(ListFields, GivesEveryPathInOrder) {
  std::vector<std::string> paths;
  for (const FieldDoc& field : list_fields<Options>()) {
    paths.push_back(field.path);
  }
  EXPECT_THAT(
      paths,
      ::testing::ElementsAre(
          "output", "seed", "data", "data.train[]", "data.train[].source", "data.train[].weight",
          "data.train[].tag", "data.max_length", "model", "model.dim", "model.heads", "model.norm",
          "model.kernels", "model.attention", "model.attention.heads", "model.attention.clip",
          "model.levels[]", "model.levels[].heads", "model.levels[].clip", "training",
          "training.schedule", "training.schedule.type", "training.schedule.peak",
          "training.schedule.warmup", "training.precision", "training.metrics", "training.is_quiet",
          "training.max_updates", "training.clip_norm"));
}

TEST(ListFields, TellsTypeDefaultRangeAndUnit) {
  const FieldDoc warmup = field_at("training.schedule.warmup");
  EXPECT_EQ(warmup.type, "integer");
  EXPECT_EQ(warmup.default_text, "4000");
  EXPECT_EQ(warmup.range_text, "at least 0");
  EXPECT_EQ(warmup.unit, "updates");
  EXPECT_EQ(warmup.doc, "Updates of linear growth; 0 = none.");
  EXPECT_FALSE(warmup.is_group);
  EXPECT_EQ(field_at("model.norm").type, "word");
  EXPECT_EQ(field_at("model.norm").range_text, "pre, post, none");
  EXPECT_EQ(field_at("model.kernels").type, "list of integers");
  EXPECT_EQ(field_at("model.kernels").default_text, "[3]");
  EXPECT_EQ(field_at("model.kernels").range_text, "between 1 and 9; at least 1 item");
  EXPECT_EQ(field_at("model.attention").type, "optional group");
  EXPECT_EQ(field_at("model.attention").default_text, "none");
  EXPECT_TRUE(field_at("model.attention").is_group);
  EXPECT_EQ(field_at("data.train[]").type, "list of groups");
  EXPECT_EQ(field_at("training.is_quiet").range_text, "true, false");
  EXPECT_TRUE(field_at("output").is_required);
  EXPECT_TRUE(field_at("data.train[].source").is_required);
  EXPECT_FALSE(field_at("data.train[].tag").is_required);
}

TEST(ListFields, GroupsHandDownTheirResumeClass) {
  EXPECT_EQ(field_at("output").resume, ResumeClass::free);
  EXPECT_EQ(field_at("data.max_length").resume, ResumeClass::fixed);
  EXPECT_EQ(field_at("data.train[].weight").resume, ResumeClass::course);
  EXPECT_EQ(field_at("training.schedule.peak").resume, ResumeClass::course);
  EXPECT_EQ(field_at("training.is_quiet").resume, ResumeClass::free);
}

TEST(Reference, HasASectionPerGroup) {
  const std::string page = reference<Options>("Configuration");
  EXPECT_THAT(page,
              ::testing::StartsWith(
                  "# Configuration\n\n## Top level\n\n| key | type | default | allowed | resume "
                  "| meaning |\n|---|---|---|---|---|---|\n"
                  "| `output` | text | must be given |  | free | The model directory. |\n"));
  EXPECT_THAT(page, HasSubstr("\n## `training.schedule`\n\nThe learning rate.\n\n| key |"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "| `warmup` | integer | `4000` | at least 0; in updates | course | Updates of linear "
          "growth; 0 = none. |\n"));
  EXPECT_THAT(page, HasSubstr("\n## `data.train[]`\n"));
  EXPECT_THAT(page,
              HasSubstr("| `type` | text | `inverse_sqrt` | inverse\\_sqrt, constant | course |"));
}

TEST(Reference, PrintsARepeatedGroupOnceAndLinksToIt) {
  const std::string page = reference<Options>("Configuration");
  EXPECT_THAT(page, HasSubstr("\n## `model.attention`\n\nAttention to the source.\n\n"
                              "The same keys: `model.levels[]`.\n\n| key |"));
  EXPECT_THAT(page, HasSubstr("| [`levels[]`](#modelattention) | list of groups |"));
  EXPECT_THAT(page, HasSubstr("| [`attention`](#modelattention) | optional group |"));
  EXPECT_THAT(page, HasSubstr("| [`train[]`](#datatrain) | list of groups |"));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("## `model.levels[]`")));
}

TEST(FindKey, KnowsEveryKeyAndNoOther) {
  const GroupType& type = group_of<Options>();
  ASSERT_NE(find_key(type, "training.schedule.peak"), nullptr);
  EXPECT_EQ(find_key(type, "training.schedule.peak")->doc, "Highest learning rate.");
  EXPECT_EQ(find_key(type, "training.schedule.peek"), nullptr);
  EXPECT_EQ(find_key(type, "seed.peak"), nullptr);
}

TEST(Differences, NameEveryChangedKeyWithItsResumeClass) {
  Options a;
  a.data.train = {{"x", 1.0, ""}, {"y", 1.0, ""}};
  Options b = a;
  EXPECT_THAT(differences(a, b), IsEmpty());
  b.data.train[1].weight = 2.0;
  b.model.dim = 64;
  b.model.attention = example::AttentionOptions{2, {}};
  b.model.levels.resize(1);
  b.training.max_updates = 5;
  b.training.metrics = {"chrf"};
  const std::vector<Difference> found = differences(a, b);
  ASSERT_EQ(found.size(), 6U);
  EXPECT_EQ(found[0].path, "data.train[1].weight");
  EXPECT_EQ(found[0].resume, ResumeClass::course);
  EXPECT_EQ(found[1].path, "model.dim");
  EXPECT_EQ(found[1].text_a, "512");
  EXPECT_EQ(found[1].text_b, "64");
  EXPECT_EQ(found[1].resume, ResumeClass::fixed);
  EXPECT_EQ(found[2].path, "model.attention");
  EXPECT_EQ(found[2].text_a, "none");
  EXPECT_EQ(found[2].text_b, "{heads: 2}");
  EXPECT_EQ(found[3].text_a, "[]");
  EXPECT_EQ(found[3].text_b, "[{heads: 8}]");
  EXPECT_EQ(found[4].text_b, "[chrf]");
  EXPECT_EQ(found[5].path, "training.max_updates");
  EXPECT_EQ(found[5].resume, ResumeClass::free);
}

}  // namespace
}  // namespace regard::config
