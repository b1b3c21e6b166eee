#include "regard/config/describe.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/config/type_of.h"

namespace regard::config {
namespace {

struct One {
  using Self = One;
  double only = 0.0;
  static void describe(auto&& field) { REGARD_FIELD(only, "The only one."); }
};
REGARD_DESCRIBED(One);

struct Five {
  using Self = Five;
  bool a = false;
  std::string b = "b";
  std::optional<One> c;
  std::vector<One> d;
  One e;
  static void describe(auto&& field) {
    REGARD_FIELD(a, "A flag.");
    REGARD_FIELD(b, "A text.");
    REGARD_FIELD(c, "An optional group.");
    REGARD_FIELD(d, "A list of groups.");
    REGARD_FIELD(e, "A group.");
  }
};
REGARD_DESCRIBED(Five);

struct Twenty {
  std::int64_t a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0, a9 = 0, a10 = 0;
  Five b1, b2;
  std::optional<std::vector<double>> b3;
  std::vector<bool> b4;
  std::vector<std::optional<Five>> b5;
  std::optional<std::string> b6;
  std::string b7 = "x", b8 = "y";
  bool b9 = true;
  std::vector<std::vector<std::string>> b10;
};

struct ThirtyTwo {
  double a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0;
  std::string b1, b2, b3, b4, b5, b6, b7, b8;
  std::optional<std::int64_t> c1, c2, c3, c4, c5, c6, c7, c8;
  std::vector<Five> d1, d2, d3, d4, d5, d6, d7, d8;
};

struct Forgotten {
  using Self = Forgotten;
  double a = 0.0;
  double b = 0.0;
  double c = 0.0;
  static void describe(auto&& field) {
    REGARD_FIELD(a, "The first.");
    REGARD_FIELD(c, "The last.");
  }
};

struct NamedTwice {
  using Self = NamedTwice;
  double a = 0.0;
  double b = 0.0;
  static void describe(auto&& field) {
    REGARD_FIELD(a, "The first.");
    REGARD_FIELD(a, "The first again.");
  }
};

struct Nothing {
  using Self = Nothing;
  static void describe(auto&&) {}
};
REGARD_DESCRIBED(Nothing);

static_assert(detail::count_members<Nothing>() == 0 && detail::count_described<Nothing>() == 0);
static_assert(detail::count_members<One>() == 1 && detail::count_described<One>() == 1);
static_assert(detail::count_members<Five>() == 5 && detail::count_described<Five>() == 5);
static_assert(detail::count_members<Twenty>() == 20);
static_assert(detail::count_members<ThirtyTwo>() == 32);
static_assert(detail::count_members<Forgotten>() == 3 && detail::count_described<Forgotten>() == 2);
static_assert(detail::count_described<NamedTwice>() == 1, "a repetition hides no forgotten member");

enum class Mode { first, second_, none };
REGARD_ENUM(Mode, first, second_, none);

TEST(Describe, FieldsKeepTheOrderOfTheDescription) {
  const auto& fields = group_of<Five>().fields();
  ASSERT_EQ(fields.size(), 5U);
  EXPECT_EQ(fields[0].name, "a");
  EXPECT_EQ(fields[4].name, "e");
  EXPECT_EQ(fields[2].doc, "An optional group.");
  EXPECT_EQ(fields[2].type->kind(), Kind::optional);
  EXPECT_EQ(fields[3].type->kind(), Kind::list);
}

TEST(Describe, MembersAreReachedThroughTheirFields) {
  Five five;
  five.b = "text";
  const Field& field = group_of<Five>().fields()[1];
  EXPECT_EQ(*static_cast<const std::string*>(field.get(static_cast<const void*>(&five))), "text");
}

TEST(Describe, EnumsHaveWordsWithoutTheTrailingUnderscore) {
  EXPECT_EQ(word_of(Mode::first), "first");
  EXPECT_EQ(word_of(Mode::second_), "second");
  EXPECT_EQ(from_word<Mode>("second"), Mode::second_);
  EXPECT_EQ(from_word<Mode>("third"), std::nullopt);
  EXPECT_THROW(word_of(static_cast<Mode>(7)), std::logic_error);
}

TEST(Describe, AnOptionalEnumMayNotClaimTheWordNone) {
  EXPECT_THROW(type_of<std::optional<Mode>>(), std::logic_error);
}

}  // namespace
}  // namespace regard::config
