#include "regard/data/text_fingerprint.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace regard {
namespace {

std::uint64_t of(const std::vector<std::string>& lines, std::int64_t first = 1) {
  TextFingerprint text;
  for (const std::string& line : lines)
    text.add(first++, line);
  return text.value();
}

TEST(TextFingerprint, IsTheSameForTheSameText) {
  EXPECT_EQ(of({"a dog", "", "a rather long line"}), of({"a dog", "", "a rather long line"}));
}

TEST(TextFingerprint, SeesEveryChange) {
  const std::vector<std::vector<std::string>> texts = {
      {},
      {""},
      {"", ""},
      {"a dog"},
      {"a dog", ""},
      {"", "a dog"},
      {"a", "dog"},
      {"a dog "},
      {"A dog"},
      {"a god"},
      {std::string(8, 'a')},
      {std::string(9, 'a')},
      {std::string(8, 'a') + std::string(1, '\0')},
      {std::string(16, 'a')},
      {"12345678abcdefgh"},
      {"abcdefgh12345678"},
  };
  std::set<std::uint64_t> found;
  for (const auto& text : texts)
    found.insert(of(text));
  EXPECT_EQ(found.size(), texts.size());
}

TEST(TextFingerprint, SeesWhichLineWasLeftOut) {
  TextFingerprint second_left_out;
  second_left_out.add(1, "x");
  second_left_out.add(3, "y");
  TextFingerprint third_left_out;
  third_left_out.add(1, "x");
  third_left_out.add(2, "y");
  EXPECT_NE(second_left_out.value(), third_left_out.value());
}

}  // namespace
}  // namespace regard
