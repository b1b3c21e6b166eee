#include "regard/config/values.h"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/fields.h"
#include "regard/core/error.h"

#include "config/example_options.h"
#include "core/file_support.h"

namespace regard::config {
namespace {

using example::Options;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const Field& key(const char* path) {
  const Field* field = find_key(group_of<Options>(), path);
  if (field == nullptr) throw std::logic_error(path);
  return *field;
}

TEST(ReadValue, ReadsEveryKindOfMember) {
  double peak = 0;
  read_value(key("training.schedule.peak"), "5e-1", &peak, "--peak");
  EXPECT_EQ(peak, 0.5);
  std::optional<std::int64_t> updates;
  read_value(key("training.max_updates"), "7", &updates, "--updates");
  EXPECT_EQ(updates, 7);
  example::NormPlacement norm = example::NormPlacement::pre;
  read_value(key("model.norm"), "post", &norm, "--norm");
  EXPECT_EQ(norm, example::NormPlacement::post);
  std::vector<std::string> metrics = {"bleu"};
  read_value(key("training.metrics"), "chrf", &metrics, "--metrics");
  EXPECT_THAT(metrics, ElementsAre("bleu", "chrf"));
  std::string output;
  read_value(key("output"), "a: [b", &output, "--output");
  EXPECT_EQ(output, "a: [b");
}

TEST(ReadValue, NamesThePlaceAndWhatIsAllowed) {
  double peak = 0.25;
  EXPECT_THAT(test::error_of<UserError>(
                  [&] { read_value(key("training.schedule.peak"), "1", &peak, "--peak"); }),
              StartsWith("--peak: 1.0 is out of range (allowed: above 0 and below 1). Fix: "));
  std::int64_t dim = 2;
  EXPECT_THAT(test::error_of<UserError>([&] { read_value(key("model.dim"), "3", &dim, "--dim"); }),
              StartsWith("--dim: 3 is not allowed (allowed: an even number)"));
  EXPECT_THAT(
      test::error_of<UserError>([&] { read_value(key("model.dim"), "wide", &dim, "--dim"); }),
      StartsWith("--dim: 'wide' is not a whole number"));
}

TEST(ValueAsYaml, QuotesTextsOnly) {
  EXPECT_EQ(value_as_yaml(key("output"), "it's: [x"), "'it''s: [x'");
  EXPECT_EQ(value_as_yaml(key("seed"), "3"), "3");
}

TEST(Descriptions, TellWordsAndLimits) {
  EXPECT_THAT(words_of(key("model.norm")), ElementsAre("pre", "post", "none"));
  EXPECT_THAT(words_of(key("training.is_quiet")), ElementsAre("true", "false"));
  EXPECT_THAT(words_of(key("training.metrics")), ElementsAre("bleu", "chrf"));
  EXPECT_THAT(words_of(key("seed")), IsEmpty());
  EXPECT_EQ(limits_text(key("model.kernels")), "1 to 9");
  EXPECT_EQ(limits_text(key("model.heads")), "at least 1");
  EXPECT_EQ(limits_text(key("training.schedule.peak")), "above 0 and below 1");
  EXPECT_EQ(limits_text(key("output")), "");
}

TEST(ValueText, IsWhatOneWouldGive) {
  const std::string text = "a b";
  EXPECT_EQ(value_text(key("output"), &text), "a b");
  const std::optional<std::int64_t> none;
  EXPECT_EQ(value_text(key("training.max_updates"), &none), "");
  const std::int64_t seed = 3;
  EXPECT_EQ(value_text(key("seed"), &seed), "3");
  EXPECT_TRUE(is_allowed(key("seed"), &seed));
  const std::int64_t odd = 3;
  EXPECT_FALSE(is_allowed(key("model.dim"), &odd));
}

}  // namespace
}  // namespace regard::config
