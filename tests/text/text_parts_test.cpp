#include "regard/text/text_parts.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace regard {
namespace {

std::vector<std::string> parts_of(std::string_view text, SplitRule rule = SplitRule::sentences) {
  std::vector<std::string> parts;
  for (const ByteRange& range : part_ranges(text, rule))
    parts.emplace_back(text.substr(range.begin, range.end - range.begin));
  return parts;
}

using Parts = std::vector<std::string>;

TEST(TextParts, LinesEndParts) {
  EXPECT_EQ(parts_of("a b\n c\r\n\r\nd\u2028e"), (Parts{"a b", "c", "d", "e"}));
  EXPECT_EQ(parts_of(" One. Two. \n Three.", SplitRule::lines), (Parts{"One. Two.", "Three."}));
  EXPECT_TRUE(parts_of(" \n\t ").empty());
  EXPECT_TRUE(parts_of("").empty());
}

TEST(TextParts, ReplacingKeepsWhiteSpace) {
  const std::string text = "\n  One.  Two.\r\n\r\n\tThree. \n";
  const auto parts = part_ranges(text, SplitRule::sentences);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(replace_parts(text, parts, {"1", "2", "3"}), "\n  1  2\r\n\r\n\t3 \n");
  const std::string dense = "你好。再见。";
  EXPECT_EQ(replace_parts(dense, part_ranges(dense, SplitRule::sentences), {"Hello.", "Bye."}),
            "Hello. Bye.");
  EXPECT_EQ(replace_parts(dense, part_ranges(dense, SplitRule::sentences), {"你。", "我。"}),
            "你。我。");
}

TEST(TextParts, RandomTextsComeBack) {
  const std::vector<std::string> pieces = {"a",    "B",  ".", "!",      " ",      "\n",
                                           "\r\n", "\t", "“", "”",      "。",     "」",
                                           "3",    "Dr", "é", "\u00A0", "\u2029", "\xff"};
  std::mt19937 random(1);
  std::size_t parts_seen = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t left = random() % 40; left > 0; --left)
      text += pieces[random() % pieces.size()];
    for (const SplitRule rule : {SplitRule::sentences, SplitRule::lines}) {
      const auto parts = part_ranges(text, rule);
      std::string rebuilt;
      std::size_t at = 0;
      for (const ByteRange& part : parts) {
        ASSERT_LT(part.begin, part.end) << text;
        ASSERT_GE(part.begin, at) << text;
        rebuilt += text.substr(at, part.end - at);
        at = part.end;
      }
      EXPECT_EQ(rebuilt + text.substr(at), text);
      parts_seen += parts.size();
    }
  }
  EXPECT_GT(parts_seen, 5000U);
}

}  // namespace
}  // namespace regard
