#include <gtest/gtest.h>

#include "regard/core/utf8.h"
#include "regard/text/piece_table.h"

#include "text/piece_table_support.h"

namespace regard {
namespace {

using test::expect_damage_is_harmless;
using test::expect_refused;
using test::odd_pieces;
using test::Pieces;
using test::pieces_of;
using test::problem_with;

std::string hex(unsigned value, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value /= 16)
    *digit = "0123456789abcdef"[value % 16];
  return text;
}

/// Every character that may not stand for itself, and all above ASCII, as an escape.
std::string double_quoted(const std::string& piece) {
  std::string text;
  for (const char32_t c : to_utf32(piece)) {
    const auto code = static_cast<unsigned>(c);
    if (c == U'"' || c == U'\\') {
      text += std::string("\\") + static_cast<char>(c);
    } else if (code >= 0x20 && code < 0x7f) {
      text += static_cast<char>(c);
    } else {
      text += code < 0x100     ? "\\x" + hex(code, 2)
              : code < 0x10000 ? "\\u" + hex(code, 4)
                               : "\\U" + hex(code, 8);
    }
  }
  return '"' + text + '"';
}

std::string single_quoted(const std::string& piece) {
  std::string text;
  for (const char c : piece)
    text += c == '\'' ? "''" : std::string(1, c);
  return '\'' + text + '\'';
}

TEST(PieceTableYaml, EveryQuotingSurvives) {
  std::string text = "# by hand\n---\n\n";
  Pieces pieces = odd_pieces();
  // Single quotes cannot hold a line end on one line.
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    const bool is_single = id % 2 == 1 && pieces[id].find_first_of("\n\r") == std::string::npos;
    const std::string quoted = is_single ? single_quoted(pieces[id]) : double_quoted(pieces[id]);
    text += (id % 3 == 0 ? "? " + quoted + "\n: " : quoted + ": ") + std::to_string(id) + "\n";
  }
  EXPECT_EQ(pieces_of(PieceTable::from_marian_yaml(text, "v.yml")), pieces);
}

TEST(PieceTableYaml, PlainPiecesAreWhatIsWritten) {
  const PieceTable table = PieceTable::from_marian_yaml(
      "\xef\xbb\xbf</s>: 0\r\n<unk>: 1\n\u2581the:  2\n\u2581:: 3\n\u2581a:b#c: 4\n-x: 5\n:): 6\n"
      "a 'b' \"c\" : 7  # seven\nnull: 8\n~: 9\n017: 10\n? \u2581long\n:   11\n-: 12\nStra\u00dfe: "
      "13\n"
      "...\n\n",
      "v.yml");
  EXPECT_EQ(pieces_of(table),
            (Pieces{"</s>", "<unk>", "\u2581the", "\u2581:", "\u2581a:b#c", "-x", ":)",
                    "a 'b' \"c\"", "null", "~", "017", "\u2581long", "-", "Stra\u00dfe"}));
}

TEST(PieceTableYaml, KnowsTheNamedEscapes) {
  const PieceTable table =
      PieceTable::from_marian_yaml(R"("\a\b\t\n\v\f\r\e\ \"\/\\\N\_\L\P": 0)", "v.yml");
  EXPECT_EQ(table.piece(0), "\a\b\t\n\v\f\r\x1b \"/\\\u0085\u00a0\u2028\u2029");
}

TEST(PieceTableYaml, RefusesAllElse) {
  expect_refused(
      PieceTable::from_marian_yaml,
      {{"", "it contains no pieces"},
       {"# nothing\n", "it contains no pieces"},
       {"a: 0\nb\n", "v.file:2: is not a usable vocabulary: expected \"piece: id\""},
       {"a: 0\na: 1\n", "piece \"a\" has two ids"},
       {"a: 0\nb: 0\n", "have the same id 0"},
       {"a: 0\nb: 2\n", "no piece has the id 1, but \"b\" has 2"},
       {"a: -1\n", "v.file:1: is not a usable vocabulary: the id of piece \"a\" is \"-1\""},
       {"a: 99999999999999999999\n", "not a whole number"},
       {"a: 18446744073709551615\n", "no piece has the id 0"},
       {"a: 0.5\n", "not a whole number"},
       {"a: 00\n", "not a whole number"},
       {"a: \"0\"\n", "not a whole number"},
       {"a: 0x\n", "not a whole number"},
       {"a: 0#x\n", "not a whole number"},
       {"a:\n", "not a whole number"},
       {"a:\n  b: 0\n", "not a whole number"},
       {"a: [0]\n", "not a whole number"},
       {"\"a\":0\n", "expected \"piece: id\""},
       {"\"a\"b: 0\n", "expected \"piece: id\""},
       {"\"a: 0\n", "a quote is not closed"},
       {"'a'': 0\n", "a quote is not closed"},
       {"\"\\q\": 0\n", "unknown escape \"\\q"},
       {"\"\\x4\": 0\n", "unknown escape"},
       {"\"\\x+4\": 0\n", "unknown escape"},
       {"\"\\ud800\": 0\n", "unknown escape"},
       {"\"\\U00110000\": 0\n", "unknown escape"},
       {"\"\\0\": 0\n", "unknown escape"},
       {"\"\\", "unknown escape"},
       {"&a b: 0\n", "needs quotes"},
       {"*a : 0\n", "needs quotes"},
       {"!!str a: 0\n", "needs quotes"},
       {"{a: 0}\n", "needs quotes"},
       {"- a: 0\n", "needs quotes"},
       {">>de<<: 0\n", "needs quotes"},
       {"%YAML 1.1\n---\na: 0\n", "needs quotes"},
       {" a: 0\n", "needs quotes"},
       {"a #b: 0\n", "expected \"piece: id\""},
       {"? a\n", "no id follows the piece \"a\""},
       {"? a\nb: 0\n", "expected \": id\""},
       {"? a: b\n: 0\n", "unexpected text \": b\""},
       {"? \"a\"#\n: 0\n", "unexpected text"},
       {": 0\n", "needs quotes"},
       {"a: 0\n---\nb: 1\n", "a second document begins"},
       {"--- a: 0\n", "text follows \"---\""},
       {"a: 0\n...\nb: 1\n", "text follows the end"},
       {"\xff: 0\n", "is not UTF-8"},
       {std::string("a\0: 0\n", 6), "contains a NUL"},
       {std::string("a: 0\0\n", 6), "not a whole number"}});
}

TEST(PieceTableYaml, EveryTruncationBeforeIdZeroIsRefused) {
  std::string text;
  const Pieces pieces = odd_pieces();
  for (std::size_t id = pieces.size(); id-- > 0;)
    text += double_quoted(pieces[id]) + ": " + std::to_string(id) + "\n";
  ASSERT_EQ(pieces_of(PieceTable::from_marian_yaml(text, "v")), pieces);
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    ASSERT_NE(problem_with(PieceTable::from_marian_yaml, text.substr(0, length)), "accepted")
        << length;
  }
}

TEST(PieceTableYaml, ChangedBytesAreRefusedOrGiveATable) {
  expect_damage_is_harmless(PieceTable::from_marian_yaml,
                            "</s>: 0\n<unk>: 1\n\"Hund\": 2\n'Katze': 3\n? rot\n: 4\n");
}

}  // namespace
}  // namespace regard
