#include "regard/core/strings.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/random.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

using ::testing::ElementsAre;
using namespace std::string_literals;

TEST(Str, Concatenates) {
  EXPECT_EQ(str("beam ", 5, ':', 0.5), "beam 5:0.5");
}

TEST(Str, WritesNumbersAsStreamsDo) {
  const auto streamed = [](auto value) {
    std::ostringstream out;
    out << value;
    return out.str();
  };
  for (const double value : {0.0, -0.0, 1.0, 0.1, 1.0 / 3, 1e-5, 1e-4, 123456.0, 1234567.0, 1e300,
                             -2.5e-7, std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(str(value), streamed(value));
    EXPECT_EQ(str(static_cast<float>(value)), streamed(static_cast<float>(value)));
  }
  EXPECT_EQ(str(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(str(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(str(true, 'x', std::string("y"), std::string_view("z")), "1xyz");
  EXPECT_EQ(str(), "");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,b", ','), ElementsAre("a", "b"));
  EXPECT_THAT(split(",a,,", ','), ElementsAre("", "a", "", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Join, IsTheInverseOfSplit) {
  for (const std::string text : {"", "a", "a,b", ",,", "a,,b,"}) {
    EXPECT_EQ(join(split(text, ','), ","), text);
  }
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"x", "y", "z"}, ", "), "x, y, z");
}

TEST(Trim, RemovesAsciiWhiteSpaceAtBothEnds) {
  EXPECT_EQ(trim(" \t\n\v\f\r a b \r\n"), "a b");
  EXPECT_EQ(trim(" \t "), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\u00a0a"), "\u00a0a") << "only ASCII";
}

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("warmup", "wramup"), 1u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u) << "optimal string alignment, not full Damerau";
}

TEST(EditDistance, IsSymmetricAndObeysTheLengthBounds) {
  RandomStream stream(3);
  const auto word = [&] {
    std::string text(stream.below(7), ' ');
    for (char& c : text)
      c = static_cast<char>('a' + stream.below(3));
    return text;
  };
  for (int i = 0; i < 2000; ++i) {
    const std::string a = word(), b = word();
    const std::size_t distance = edit_distance(a, b);
    EXPECT_EQ(distance, edit_distance(b, a)) << a << " " << b;
    EXPECT_LE(distance, std::max(a.size(), b.size()));
    EXPECT_GE(distance, a.size() > b.size() ? a.size() - b.size() : b.size() - a.size());
    EXPECT_EQ(distance == 0, a == b);
  }
}

TEST(Nearest, FindsLikelySlips) {
  const std::vector<std::string> keys = {"model.dim", "model.heads", "seed",
                                         "training.schedule.warmup", "training.batch_tokens"};
  EXPECT_EQ(nearest("model.head", keys), "model.heads");
  EXPECT_EQ(nearest("model.haeds", keys), "model.heads");
  EXPECT_EQ(nearest("sede", keys), "seed");
  EXPECT_EQ(nearest("training.batchtoken", keys), "training.batch_tokens");
}

TEST(Nearest, IgnoresCaseAndKindOfDash) {
  EXPECT_EQ(nearest("Beam-Size", {"beam_size", "seed"}), "beam_size");
  EXPECT_EQ(nearest("--beam_size", {"--beam-size", "--seed"}), "--beam-size");
}

TEST(Nearest, PrefersTheEndOfADottedCandidate) {
  EXPECT_EQ(nearest("warmup", {"warmuq", "training.schedule.warmup"}), "training.schedule.warmup");
  EXPECT_EQ(nearest("schedule.warmup", {"training.schedule.warmup"}), "training.schedule.warmup");
  EXPECT_EQ(nearest("seed", {"training.seed", "seed"}), "seed") << "the whole name comes first";
  EXPECT_EQ(nearest("up", {"training.schedule.warmup"}), "") << "components, not any ending";
}

TEST(Nearest, StaysSilentWithoutALikelySlip) {
  EXPECT_EQ(nearest("optimizer", {"model.dim", "seed"}), "");
  EXPECT_EQ(nearest("a", {"b"}), "") << "a word of which nothing is left is not a slip";
  EXPECT_EQ(nearest("", {"a", ""}), "");
  EXPECT_EQ(nearest("seed", {}), "");
  EXPECT_EQ(nearest("dropoutattention", {"dropout_attn____"}), "") << "more than three letters";
}

TEST(Nearest, TakesTheFirstOfEquallyNearOnes) {
  EXPECT_EQ(nearest("bean", {"beam", "bear"}), "beam");
  EXPECT_EQ(nearest("beax", {"bear", "beam"}), "bear");
}

TEST(EscapeForMessage, LeavesTextAlone) {
  EXPECT_EQ(escape_for_message("Übung: 你好 🙂 C:\\dir"), "Übung: 你好 🙂 C:\\dir");
  EXPECT_EQ(escape_for_message(""), "");
}

TEST(EscapeForMessage, EscapesControlsAndInvalidBytes) {
  EXPECT_EQ(escape_for_message("a\0b"s), "a\\x00b");
  EXPECT_EQ(escape_for_message("\x1b[31m\r\n\t\x7f"), "\\x1b[31m\\x0d\\x0a\\x09\\x7f");
  EXPECT_EQ(escape_for_message("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(escape_for_message("\xc2\x9b"), "\\xc2\\x9b") << "C1 controls steer terminals, too";
  EXPECT_EQ(escape_for_message("\u2028"), "\\xe2\\x80\\xa8");
  EXPECT_EQ(escape_for_message("\u202e"), "\\xe2\\x80\\xae");
}

TEST(EscapeForMessage, TwiceIsTheSameAsOnce) {
  const std::string once = escape_for_message("a\nb\xff\\x0a", 300);
  EXPECT_EQ(escape_for_message(once, 300), once);
}

TEST(EscapeForMessage, CutsAtTheLimitWithDots) {
  EXPECT_EQ(escape_for_message("abcdef", 6), "abcdef");
  EXPECT_EQ(escape_for_message("abcdefg", 6), "abc...");
  EXPECT_EQ(escape_for_message("abcdefg", 3), "...");
  EXPECT_EQ(escape_for_message("abcdefg", 2), "..");
  EXPECT_EQ(escape_for_message("ab\ncdef", 8), "ab...") << "an escape is not split";
}

TEST(EscapeForMessage, IsValidAndShortEnoughForAnyBytes) {
  RandomStream stream(5);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes(stream.below(40), ' ');
    for (char& c : bytes)
      c = static_cast<char>(stream.below(256));
    const std::size_t limit = stream.below(60);
    const std::string safe = escape_for_message(bytes, limit);
    EXPECT_LE(safe.size(), limit);
    EXPECT_TRUE(is_valid_utf8(safe));
    for (const char c : safe)
      EXPECT_GE(static_cast<unsigned char>(c), 0x20u);
  }
}

TEST(WithThousands, GroupsDigits) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
  EXPECT_EQ(with_thousands(-999), "-999");
  EXPECT_EQ(with_thousands(-123456), "-123,456");
  EXPECT_EQ(with_thousands(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(FormatDuration, ChoosesTheUnit) {
  EXPECT_EQ(format_duration(0), "0 s");
  EXPECT_EQ(format_duration(45.4), "45 s");
  EXPECT_EQ(format_duration(59.6), "1 min 00 s");
  EXPECT_EQ(format_duration(723), "12 min 03 s");
  EXPECT_EQ(format_duration(3599.9), "1 h 00 min");
  EXPECT_EQ(format_duration(2 * 3600 + 7 * 60 + 29), "2 h 07 min");
  EXPECT_EQ(format_duration(7199), "2 h 00 min");
  EXPECT_EQ(format_duration(100 * 3600), "100 h 00 min");
}

TEST(FormatDuration, DoesNotInventNumbers) {
  EXPECT_EQ(format_duration(-1), "unknown");
  EXPECT_EQ(format_duration(std::nan("")), "unknown");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "unknown");
}

TEST(FormatFixed, RoundsToDecimals) {
  EXPECT_EQ(format_fixed(3.14159, 2), "3.14");
  EXPECT_EQ(format_fixed(0.125, 2), "0.12") << "exact ties go to even";
  EXPECT_EQ(format_fixed(2, 0), "2");
  EXPECT_EQ(format_fixed(-0.001, 2), "0.00") << "no negative zero";
  EXPECT_EQ(format_fixed(-0.5, 2), "-0.50");
  EXPECT_EQ(format_fixed(std::nan(""), 2), "nan");
  EXPECT_EQ(format_fixed(-std::numeric_limits<double>::infinity(), 2), "-inf");
  EXPECT_EQ(format_fixed(std::numeric_limits<double>::max(), 3).size(), 309u + 4u);
}

TEST(ParseFinite, TakesWholeNumbersOnly) {
  EXPECT_EQ(parse_finite("3.7"), 3.7);
  EXPECT_EQ(parse_finite("-1e-3"), -0.001);
  EXPECT_EQ(parse_finite("+2"), 2.0);
  for (const char* text :
       {"", "+", "-", "+-1", "++1", " 1", "1 ", "1,5", "inf", "nan", "1e400", "x"})
    EXPECT_EQ(parse_finite(text), std::nullopt) << text;
}

TEST(FormatShortest, MatchesTheExamples) {
  EXPECT_EQ(format_shortest(0.0007), "0.0007");
  EXPECT_EQ(format_shortest(1e-9), "1e-09");
  EXPECT_EQ(format_shortest(20000), "20000");
  EXPECT_EQ(format_shortest(1e6), "1000000");
  EXPECT_EQ(format_shortest(0.1), "0.1");
  EXPECT_EQ(format_shortest(0), "0");
  EXPECT_EQ(format_shortest(-2.5), "-2.5");
  EXPECT_EQ(format_shortest(0.0001), "0.0001");
  EXPECT_EQ(format_shortest(0.00001), "1e-05");
  EXPECT_EQ(format_shortest(1e15), "1000000000000000");
  EXPECT_EQ(format_shortest(1e16), "1e+16");
  EXPECT_EQ(format_shortest(std::numeric_limits<double>::infinity()), "inf");
}

TEST(FormatShortest, ReadsBackAsTheSameDouble) {
  RandomStream stream(7);
  for (int i = 0; i < 20000; ++i) {
    const double scale = std::pow(10.0, static_cast<double>(stream.below(600)) - 300);
    const double value = (stream.uniform() - 0.5) * scale;
    EXPECT_EQ(std::strtod(format_shortest(value).c_str(), nullptr), value);
  }
}

}  // namespace
}  // namespace regard
