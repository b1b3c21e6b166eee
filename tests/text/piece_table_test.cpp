#include "regard/text/piece_table.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "text/piece_table_support.h"

namespace regard {
namespace {

using test::expect_damage_is_harmless;
using test::expect_refused;
using test::odd_pieces;
using test::Pieces;
using test::pieces_of;
using test::problem_with;
using testing::HasSubstr;

TEST(PieceTable, LooksUpBothWays) {
  const PieceTable table = PieceTable::from_pieces({"</s>", "<unk>", "\u2581a", "<pad>"}, "v");
  EXPECT_EQ(table.size(), 4);
  EXPECT_EQ(table.piece(2), "\u2581a");
  EXPECT_EQ(table.id_of("\u2581a"), 2);
  EXPECT_EQ(table.id_of("a"), std::nullopt);
  EXPECT_EQ(table.special_ids(), (SpecialIds{.pad = 3, .unknown = 1, .start = -1, .end = 0}));
  EXPECT_EQ(table.name(), "v");
  EXPECT_THROW(table.piece(4), std::out_of_range);
  EXPECT_THROW(table.piece(-1), std::out_of_range);
}

TEST(PieceTable, ACopyOutlivesItsOrigin) {
  PieceTable copy = PieceTable::from_pieces({"x"}, "v");
  {
    const PieceTable table = PieceTable::from_pieces({"short", "and one that is on the heap"}, "v");
    copy = table;
  }
  EXPECT_EQ(copy.id_of("short"), 0);
  EXPECT_EQ(copy.id_of("and one that is on the heap"), 1);
}

TEST(PieceTable, RefusesPiecesThatMakeNoTable) {
  const auto problem = [](const Pieces& pieces) {
    try {
      PieceTable::from_pieces(pieces, "v.json");
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(problem({}), HasSubstr("v.json: is not a usable vocabulary: it contains no pieces"));
  EXPECT_THAT(problem({"a", "b", "a"}), HasSubstr("piece \"a\" has two ids, 0 and 2"));
  EXPECT_THAT(problem({"a", std::string("b\0", 2)}), HasSubstr("of id 1 contains a NUL"));
  EXPECT_THAT(problem({"a\xff"}), HasSubstr("of id 0 is not UTF-8"));
  EXPECT_THAT(problem({std::string(4097, 'a')}), HasSubstr("has 4097 bytes"));
  EXPECT_EQ(problem({std::string(4096, 'a')}), "accepted");
}

TEST(PieceTable, TheFingerprintIsOfThePiecesAndTheirOrder) {
  const auto of = [](Pieces pieces, const std::string& name = "v") {
    return PieceTable::from_pieces(std::move(pieces), name).fingerprint();
  };
  EXPECT_EQ(of({"a", "b"}), of({"a", "b"}, "elsewhere"));
  EXPECT_EQ(of({"a", "b"}), PieceTable::from_json(R"({"b": 1, "a": 0})", "v").fingerprint());
  EXPECT_NE(of({"a", "b"}), of({"b", "a"}));
  EXPECT_NE(of({"a", "bc"}), of({"ab", "c"}));
  EXPECT_NE(of({"a"}), of({"a", ""}));
}

TEST(PieceTable, LanguageCodesStandBetweenSigns) {
  for (const char* piece : {">>de<<", ">>zho_Hans<<", ">>x<<"})
    EXPECT_TRUE(is_language_code(piece)) << piece;
  for (const char* piece :
       {"", ">>", "<<", ">><<", ">><", ">>de<", "de", ">>a<<b<<", "\u2581>>a<<"})
    EXPECT_FALSE(is_language_code(piece)) << piece;
}

TEST(PieceTableJson, BothFormsSurvive) {
  const PieceTable table = PieceTable::from_pieces(odd_pieces(), "v");
  EXPECT_EQ(pieces_of(PieceTable::from_json(table.to_json(), "v")), odd_pieces());
  EXPECT_EQ(pieces_of(PieceTable::from_json(table.to_json_object(), "v")), odd_pieces());
}

TEST(PieceTableJson, OnePieceIsOnALine) {
  const PieceTable table = PieceTable::from_pieces({"</s>", "\u2581\"\\", "\n"}, "v");
  EXPECT_EQ(table.to_json(), "[\n\"</s>\",\n\"\u2581\\\"\\\\\",\n\"\\n\"\n]\n");
  EXPECT_EQ(table.to_json_object(),
            "{\n  \"</s>\": 0,\n  \"\u2581\\\"\\\\\": 1,\n  \"\\n\": 2\n}\n");
}

TEST(PieceTableJson, AddedPiecesAreMarked) {
  const PieceTable table = PieceTable::from_pieces({"</s>", "<a>", "b"}, "v", {2, 1, 2});
  EXPECT_EQ(table.added(), (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(table.to_json(), "[\n\"</s>\",\n{\"added\": \"<a>\"},\n{\"added\": \"b\"}\n]\n");
  EXPECT_EQ(table.to_plain_json(), "[\n\"</s>\",\n\"<a>\",\n\"b\"\n]\n");
  const PieceTable read = PieceTable::from_json(table.to_json(), "v");
  EXPECT_EQ(pieces_of(read), pieces_of(table));
  EXPECT_EQ(read.added(), table.added());
  EXPECT_EQ(read.fingerprint(), table.fingerprint());
  EXPECT_NE(PieceTable::from_json(table.to_plain_json(), "v").fingerprint(), table.fingerprint());
}

TEST(PieceTableJson, ReadsAnyOrderAndEscapes) {
  const PieceTable table = PieceTable::from_json(
      "\xef\xbb\xbf {\"\\u2581caf\\u00e9\":2,\"\\ud83d\\ude00\" : 0 ,\r\n\"<unk>\":1}\n", "v");
  EXPECT_EQ(pieces_of(table), (Pieces{"\U0001f600", "<unk>", "\u2581caf\u00e9"}));
}

TEST(PieceTableJson, RefusesAllElse) {
  expect_refused(
      PieceTable::from_json,
      {{"", "not valid JSON at byte"},
       {"{}", "it contains no pieces"},
       {"[]", "it contains no pieces"},
       {"7", "it is a number, not an object of ids or a list of pieces"},
       {"\"a\"", "it is a string"},
       {"null", "it is null"},
       {R"({"a": 0, "a": 1})", "piece \"a\" has two ids, 0 and 1"},
       {R"({"a": 0, "a": 0})", "have the same id 0"},
       {R"(["a", "b", "a"])", "piece \"a\" has two ids, 0 and 2"},
       {R"({"a": 0, "b": 0})", "pieces \"a\" and \"b\" have the same id 0"},
       {R"({"a": 0, "b": 2})", "no piece has the id 1, but \"b\" has 2"},
       {R"({"a": 1})", "no piece has the id 0, but \"a\" has 1"},
       {R"({"a": 0, "b": -1})", "the id of piece \"b\" is a negative number"},
       {R"({"a": 0, "b": 18446744073709551615})", "no piece has the id 1"},
       {R"({"a": 99999999999999999999})", "the id of piece \"a\" is a number that is not a 64-bit"},
       {R"({"a": 0.0})", "is a number that is not a 64-bit"},
       {R"({"a": "0"})", "the id of piece \"a\" is a string"},
       {R"({"a": null})", "the id of piece \"a\" is null"},
       {R"({"a": true})", "the id of piece \"a\" is a boolean"},
       {R"({"a": {"b": 0}})", "the id of piece \"a\" is an object"},
       {R"({"a": [0]})", "the id of piece \"a\" is a list"},
       {R"(["a", 1])", "entry 1 of the list of pieces is a number"},
       {R"(["a", ["b"]])", "entry 1 of the list of pieces is a list"},
       {R"([{}])", "entry 0 of the list of pieces is an object without a piece"},
       {R"(["a", {"b": "c"}])", "entry 1 of the list of pieces is an object with other keys"},
       {R"([{"added": "a", "added": "b"}])", "is an object with other keys"},
       {R"([{"added": 1}])", "entry 0 of the list of pieces is a number"},
       {R"([{"added": {"added": "a"}}])", "entry 0 of the list of pieces is an object"},
       {R"([{"added": ["a"]}])", "entry 0 of the list of pieces is a list"},
       {R"([{"added": ""}])", "the added piece of id 0 is empty"},
       {R"(["a"] ["b"])", "not valid JSON at byte"},
       {R"({"a": 0} x)", "not valid JSON at byte"},
       {R"({"a": 0,})", "not valid JSON at byte"},
       {R"(["\ud800"])", "not valid JSON at byte"},
       {"[\"\xff\"]", "not valid JSON at byte"},
       {"[\"a\nb\"]", "not valid JSON at byte"},
       {R"(["a\u0000"])", "contains a NUL"},
       {std::string("[\"a\"]\0", 6), "byte 5 is zero"},
       {std::string("[\"a\0\"]", 6), "byte 3 is zero"},
       {std::string(100'000, '['), "entry 0 of the list of pieces is a list"}});
}

TEST(PieceTableLines, APieceIsOnEachLine) {
  const auto read = [](std::string_view text) {
    return pieces_of(PieceTable::from_lines(text, "words"));
  };
  EXPECT_EQ(read("</s>\n<unk>\n \na: 0\n"), (Pieces{"</s>", "<unk>", " ", "a: 0"}));
  EXPECT_EQ(read("\xef\xbb\xbf</s>\r\n<unk>"), (Pieces{"</s>", "<unk>"}));
  // As SentencePiece writes them, with scores.
  EXPECT_EQ(read("</s>\t0\n\u2581the\t-3.25\na\tb\n\t-1\n\t\t-2e-3\n"),
            (Pieces{"</s>", "\u2581the", "a\tb", "\t-1", "\t"}));
}

TEST(PieceTableLines, RefusesWhatIsNoVocabulary) {
  expect_refused(PieceTable::from_lines, {{"", "it contains no pieces"},
                                          {"a\n\nb", "v.file:2: "},
                                          {"\n", "v.file:1: "},
                                          {"a\na\n", "piece \"a\" has two ids, 0 and 1"},
                                          {"a\n\xff\n", "is not UTF-8"},
                                          {std::string("a\0b", 3), "contains a NUL"}});
  expect_damage_is_harmless(PieceTable::from_lines, "</s>\n<unk>\nHund\t-1.5\nKatze\n");
}

TEST(PieceTableJson, EveryTruncationIsRefused) {
  const PieceTable table = PieceTable::from_pieces(odd_pieces(), "v");
  for (const std::string& text : {table.to_json(), table.to_json_object()}) {
    for (std::size_t length = 0; length + 1 < text.size(); ++length)
      ASSERT_NE(problem_with(PieceTable::from_json, text.substr(0, length)), "accepted") << length;
  }
}

TEST(PieceTableJson, ChangedBytesAreRefusedOrGiveATable) {
  const PieceTable table =
      PieceTable::from_pieces({"</s>", "<unk>", "Hund", "Katze", "rot"}, "v", {3});
  expect_damage_is_harmless(PieceTable::from_json, table.to_json());
  expect_damage_is_harmless(PieceTable::from_json, table.to_json_object());
}

}  // namespace
}  // namespace regard
