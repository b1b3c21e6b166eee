#include "regard/core/utf8.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/core/random.h"

namespace regard {
namespace {

using namespace std::string_literals;

constexpr std::size_t kValid = std::string_view::npos;

bool is_surrogate(char32_t code) {
  return code >= 0xD800 && code <= 0xDFFF;
}

TEST(Utf8, RoundTripsEveryScalarValue) {
  std::size_t count = 0;
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (is_surrogate(code)) continue;
    const std::string bytes = to_utf8(std::u32string(1, code));
    const std::size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    ASSERT_EQ(bytes.size(), length) << static_cast<std::uint32_t>(code);
    ASSERT_TRUE(is_valid_utf8(bytes)) << static_cast<std::uint32_t>(code);
    ASSERT_EQ(to_utf32(bytes), std::u32string(1, code));
    ++count;
  }
  EXPECT_EQ(count, 1112064u);
}

TEST(Utf8, EncodesKnownCharacters) {
  EXPECT_EQ(to_utf8(U"$\u00a3\u20ac\U00010348"), "\x24\xc2\xa3\xe2\x82\xac\xf0\x90\x8d\x88");
}

/// An independent reading of the definition: decode by bit pattern, then reject what the standard
/// excludes.
bool is_one_valid_character(const std::string& bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = byte(0);
  std::size_t length = 0;
  std::uint32_t code = 0;
  if (lead < 0x80) length = 1, code = lead;
  if ((lead & 0xE0) == 0xC0) length = 2, code = lead & 0x1F;
  if ((lead & 0xF0) == 0xE0) length = 3, code = lead & 0x0F;
  if ((lead & 0xF8) == 0xF0) length = 4, code = lead & 0x07;
  if (length == 0 || length != bytes.size()) return false;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return false;
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  return code >= kSmallest[length] && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}

TEST(Utf8, AgreesWithTheDefinitionOnAllShortSequences) {
  std::size_t valid = 0;
  // All two-byte sequences, and all three-byte sequences behind every lead byte with a coarse third
  // byte.
  for (unsigned a = 0x80; a < 0x100; ++a) {
    for (unsigned b = 0; b < 0x100; ++b) {
      const std::string two = {static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(is_valid_utf8(two), is_one_valid_character(two)) << a << " " << b;
      for (const unsigned c : {0x00u, 0x7Fu, 0x80u, 0xBFu, 0xC0u, 0xFFu}) {
        const std::string three = two + static_cast<char>(c);
        const bool is_two_and_ascii = c < 0x80 && is_one_valid_character(two);
        ASSERT_EQ(is_valid_utf8(three), is_one_valid_character(three) || is_two_and_ascii)
            << a << " " << b << " " << c;
        valid += is_valid_utf8(three) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(valid, 0u);
}

struct Case {
  std::string bytes;
  std::size_t first_invalid;
  std::string replaced;
};

TEST(Utf8, HandlesEdgeVectors) {
  const std::string r = "\xEF\xBF\xBD";
  const std::vector<Case> cases = {
      {"", kValid, ""},
      {"\xF4\x8F\xBF\xBF", kValid, "\xF4\x8F\xBF\xBF"},                  // U+10FFFF
      {"\xED\x9F\xBF\xEE\x80\x80", kValid, "\xED\x9F\xBF\xEE\x80\x80"},  // around the surrogates
      {"a\0b"s, kValid, "a\0b"s},
      {"\xEF\xBB\xBF", kValid, "\xEF\xBB\xBF"},  // a byte order mark is a character
      {"\xC0\xAF", 0, r + r},                    // overlong
      {"\xE0\x80\xBF", 0, r + r + r},            // overlong
      {"\xF0\x81\x82\x41", 0, r + r + r + "A"},  // overlong
      {"a\xED\xA0\x80", 1, "a" + r + r + r},     // surrogate
      {"\xED\xBF\xBF", 0, r + r + r},            // surrogate
      {"\xF4\x90\x80\x80", 0, r + r + r + r},    // U+110000
      {"\xF5\x80\xFF", 0, r + r + r},            // never a lead byte
      {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 0, r + r + r + r + "A"},  // truncated, table 3-11
      {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 0, r + r + r + r + r + "A" + r + r + "B"},
      {"ok\xE2\x82", 2, "ok" + r},          // cut at the end
      {"12345678\x80", 8, "12345678" + r},  // behind the eight bytes that are looked at together
      {"1234567\xC3\xA4"
       "12345678\xC3",
       17,
       "1234567\xC3\xA4"
       "12345678" +
           r},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(first_invalid_utf8(c.bytes), c.first_invalid) << ::testing::PrintToString(c.bytes);
    EXPECT_EQ(replace_invalid_utf8(c.bytes), c.replaced) << ::testing::PrintToString(c.bytes);
    EXPECT_EQ(to_utf8(to_utf32(c.bytes)), c.replaced) << ::testing::PrintToString(c.bytes);
  }
}

TEST(Utf8, ReplacingMakesAnyBytesValidAndKeepsValidText) {
  RandomStream stream(11);
  std::size_t changed = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(stream.below(24), ' ');
    // Lead and continuation bytes far more often than in uniform noise.
    for (char& c : bytes)
      c = static_cast<char>(stream.below(3) ? 0x80 + stream.below(128) : 'a');
    const std::string replaced = replace_invalid_utf8(bytes);
    ASSERT_TRUE(is_valid_utf8(replaced));
    ASSERT_EQ(replaced == bytes, is_valid_utf8(bytes));
    ASSERT_EQ(replace_invalid_utf8(replaced), replaced);
    const std::size_t at = first_invalid_utf8(bytes);
    ASSERT_TRUE(is_valid_utf8(std::string_view(bytes).substr(0, at)));
    changed += at == kValid ? 0 : 1;
  }
  EXPECT_GT(changed, 1000u);
}

TEST(Utf8, EncoderReplacesWhatIsNoScalarValue) {
  const std::u32string bad = {0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF};
  EXPECT_EQ(to_utf8(bad), "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(Utf8Prefix, SplitsNoCharacter) {
  const std::string text = "a\u00e4\u20ac\U0001F642";  // 1 + 2 + 3 + 4 bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t limit = 0; limit < std::size(expected); ++limit) {
    EXPECT_EQ(utf8_prefix(text, limit), text.substr(0, expected[limit])) << limit;
  }
}

TEST(Utf8Prefix, LosesAtMostThreeBytesOfInvalidText) {
  EXPECT_EQ(utf8_prefix(std::string(9, '\x80'), 6), std::string(6, '\x80'));
  EXPECT_EQ(utf8_prefix(std::string(9, '\x80'), 2), std::string(2, '\x80'));
  EXPECT_EQ(utf8_prefix("abc\xFF\x80\x80\x80", 6), "abc");
}

}  // namespace
}  // namespace regard
