#include "regard/cli/option.h"

#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/cli/help.h"
#include "regard/config/fields.h"

namespace regard::cli {

enum class Cloth { none, linen };
REGARD_ENUM(Cloth, none, linen);

struct TableOptions {
  using Self = TableOptions;
  std::int64_t plates = 4;
  std::int64_t knives = 1;
  Cloth cloth = Cloth::linen;
  std::string seats = "round";
  static void describe(auto&& field) {
    REGARD_FIELD(plates, "Plates on it.", config::between(1, 9), config::unit("pieces"));
    REGARD_FIELD(knives, "Knives.", config::at_least(1), config::unit("pieces"));
    REGARD_FIELD(cloth, "What covers it.");
    REGARD_FIELD(
        seats, "How they stand.",
        config::valid_if([](const std::string& text) { return text != "none"; }, "any but none"));
  }
};
REGARD_DESCRIBED(TableOptions);

namespace {

Option of_key(const char* key) {
  return option_of_key(std::string("--") + key,
                       *config::find_key(config::group_of<TableOptions>(), key));
}

TEST(OptionOfKey, SaysWhatTheKeyDeclares) {
  EXPECT_EQ(head_of(of_key("plates")), "--plates N");
  EXPECT_EQ(sentence_of(of_key("plates")), "Plates on it (1 to 9 pieces).");
  EXPECT_EQ(sentence_of(of_key("knives")), "Knives (at least 1, in pieces).");
  EXPECT_EQ(head_of(of_key("cloth")), "--cloth none|linen");
  EXPECT_EQ(sentence_of(of_key("cloth")), "What covers it.");
  EXPECT_THAT(of_key("cloth").words, ::testing::ElementsAre("none", "linen"));
  EXPECT_EQ(head_of(of_key("seats")), "--seats TEXT");
  EXPECT_EQ(sentence_of(of_key("seats")), "How they stand (any but none).");
}

TEST(OptionInto, HidesADefaultThatStandsForNone) {
  std::int64_t chair = -1;
  EXPECT_EQ(sentence_of(option_into("--chair", chair, "Which one.", config::at_least(0))),
            "Which one (at least 0).");
  chair = 2;
  EXPECT_EQ(sentence_of(option_into("--chair", chair, "Which one.", config::at_least(0))),
            "Which one (at least 0; default 2).");
}

TEST(OptionInto, ReadsAnInt) {
  int chairs = 0;
  const Option option = option_into("--chairs", chairs, "How many.", config::between(0, 5));
  option.take("4");
  EXPECT_EQ(chairs, 4);
  EXPECT_ANY_THROW(option.take("6"));
  EXPECT_EQ(chairs, 4);
}

}  // namespace
}  // namespace regard::cli
