#include "regard/text/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/strings.h"

#include "text/read_text.h"

namespace regard {
namespace {

using test::TextLines;
using test::user_error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<TaggedSentence> read_sentences(const std::string& text,
                                           const ColumnsOptions& options = {},
                                           std::int64_t* num_left_out = nullptr) {
  const TextLines lines(text);
  ColumnReader reader(lines.reader(), options);
  std::vector<TaggedSentence> sentences;
  TaggedSentence sentence;
  while (reader.next(sentence))
    sentences.push_back(sentence);
  EXPECT_FALSE(reader.next(sentence));
  if (num_left_out != nullptr) *num_left_out = reader.num_left_out();
  return sentences;
}

std::string column_error(const std::string& text, const ColumnsOptions& options = {}) {
  return user_error_of([&] { read_sentences(text, options); });
}

TEST(Columns, BlankLinesEndSentences) {
  const auto sentences = read_sentences("\n\nDie O\nKatze B-A\n \t \n\nschläft\tB-V");
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_THAT(sentences[0].words, ElementsAre("Die", "Katze"));
  EXPECT_THAT(sentences[0].tags, ElementsAre("O", "B-A"));
  EXPECT_EQ(sentences[0].place.line, 3);
  EXPECT_THAT(sentences[1].words, ElementsAre("schläft"));
  EXPECT_EQ(sentences[1].place.line, 7);
  EXPECT_TRUE(read_sentences("\n\n").empty());
}

TEST(Columns, OnlyTheNamedOnesAreTaken) {
  const std::string conll2003 =
      "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\r\n";
  std::int64_t num_left_out = 0;
  const auto sentences =
      read_sentences(conll2003, {.columns = {"word", "-", "-", "tag"}}, &num_left_out);
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_THAT(sentences[0].tags, ElementsAre("B-ORG", "O"));
  EXPECT_EQ(num_left_out, 1);
}

TEST(Columns, CommentsStandBeforeTheFirstWord) {
  const std::string text = "# id 1\n#\nBuy VB\n# SYM\n\n# # SYM\n5 CD\n";
  std::int64_t num_left_out = 0;
  auto sentences = read_sentences(text, {}, &num_left_out);
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_THAT(sentences[0].words, ElementsAre("Buy", "#"));
  EXPECT_THAT(sentences[1].words, ElementsAre("5"));
  EXPECT_EQ(num_left_out, 3);
  sentences = read_sentences("# SYM\n5 CD\n", {.has_comments = false});
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_THAT(sentences[0].words, ElementsAre("#", "5"));
}

TEST(Columns, RangesAndEmptyNodesOfConlluAreLeftOut) {
  const auto sentences =
      read_sentences("1-2\tim\t_\n1\tin\tADP\n2\tdem\tDET\n2.1\tx\t_\n3\tNew York\tN\n",
                     {.columns = {"id", "word", "tag"}});
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_THAT(sentences[0].words, ElementsAre("in", "dem", "New York"));
}

TEST(Columns, BracketsBecomeBio) {
  // CoNLL-2005: word, predicate, then a column for each predicate.
  const std::string text =
      "The      -      (A0*     (A0*\n"
      "cat      -       *)       *\n"
      "that     -       *    (R-A0*)\n"
      "slept    sleep   *       (V*)\n"
      "woke     wake   (V*)      *)\n";
  const auto wrong = column_error(text, {.columns = {"word", "predicate", "props"}});
  EXPECT_EQ(
      wrong,
      "FILE:3: bracket '(R-A0*)' inside of '(A0'. Fix: give each argument of a predicate words "
      "of its own.");
  const std::string right =
      "The      -      (A0*     (A0*\n"
      "cat      -       *)       *)\n"
      "that     -       *    (R-A0*)\n"
      "slept    sleep   *       (V*)\n"
      "woke     wake   (V*)      *\n";
  const auto sentences = read_sentences(right, {.columns = {"word", "predicate", "props"}});
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_THAT(sentences[0].predicates, ElementsAre(3, 4));
  ASSERT_EQ(sentences[0].roles.size(), 2U);
  EXPECT_EQ(join(sentences[0].roles[0], " "), "B-A0 I-A0 O O B-V");
  EXPECT_EQ(join(sentences[0].roles[1], " "), "B-A0 I-A0 B-R-A0 B-V O");
  EXPECT_THAT(sentences[0].tags, IsEmpty());
}

TEST(Columns, ColumnsBehindTheRolesAreCountedFromTheEnd) {
  // CoNLL-2012: something behind the roles; a sentence without predicates has none.
  const ColumnsOptions options = {.columns = {"-", "word", "predicate", "props", "tag"}};
  const auto sentences =
      read_sentences("d a - (A0*) X\nd b see (V*) Y\nd c - * Z\n\nd c - Z\n", options);
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_THAT(sentences[0].tags, ElementsAre("X", "Y", "Z"));
  ASSERT_EQ(sentences[0].roles.size(), 1U);
  EXPECT_EQ(join(sentences[0].roles[0], " "), "B-A0 B-V O");
  EXPECT_THAT(sentences[1].tags, ElementsAre("Z"));
  EXPECT_THAT(sentences[1].roles, IsEmpty());
}

TEST(Columns, RolesAreLabelsAndMayBeCutAtTheEndOfALine) {
  const ColumnsOptions options = {.columns = {"word", "predicate", "roles"}};
  const auto sentences = read_sentences("a\t_\tA0\t\nb\tsee.01\t\t_\nc\tgo.02\n", options);
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_THAT(sentences[0].predicates, ElementsAre(1, 2));
  EXPECT_EQ(join(sentences[0].roles[0], " "), "A0 _ _");
  EXPECT_EQ(join(sentences[0].roles[1], " "), "_ _ _");
  EXPECT_THAT(column_error("a\tx\tA0\nb\ty\t_\n", options),
              HasSubstr("FILE:1: 2 predicates, but 1 column of roles"));
  EXPECT_THAT(column_error("a\tx\tA0\t_\n", options),
              HasSubstr("FILE:1: 1 predicate, but 2 columns of roles"));
}

TEST(Columns, MistakesOfBracketsAreNamed) {
  const ColumnsOptions options = {.columns = {"word", "predicate", "props"}};
  const auto error = [&](const std::string& props) {
    std::string text;
    for (const std::string& cell : split(props, ' '))
      text += "w " + std::string(text.empty() ? "see" : "-") + " " + cell + "\n";
    return column_error(text, options);
  };
  EXPECT_EQ(error("(A0*) *"), "no error");
  EXPECT_THAT(error("* (A0* *"), HasSubstr("FILE:2: bracket '(A0*' is not closed before"));
  EXPECT_THAT(error("* *)"), HasSubstr("FILE:2: role '*)' closes a bracket that is not open"));
  for (const std::string cell : {"A0", "(A0", "(*)", "(A0(A1*)", "x*", "**", "*))", "-", "(A0*)x"})
    EXPECT_THAT(error(cell), HasSubstr("is no bracket")) << cell;
  EXPECT_THAT(column_error("a x * *\nb y *\n", options),
              HasSubstr("FILE:2: 2 predicates, but 1 column of props"));
}

TEST(Columns, AnotherNumberOfColumnsIsNamedWithItsLine) {
  EXPECT_EQ(
      column_error("a O\nb O x\n"),
      "FILE:2: 3 columns, but 2 are named. Fix: name every column of the file, - for those that "
      "are not wanted.");
  EXPECT_THAT(column_error("a O\nb\n"), HasSubstr("FILE:2: 1 column, but 2 are named"));
  EXPECT_THAT(column_error("a\n", {.columns = {"word", "predicate", "props"}}),
              HasSubstr("FILE:1: 1 column, but at least 2 are named"));
  EXPECT_THAT(column_error("\tO\n"), HasSubstr("FILE:1: the word is empty"));
  EXPECT_THAT(column_error("a\t\n"), HasSubstr("FILE:1: the tag is empty"));
}

TEST(Columns, ASentenceWithoutEndIsRefused) {
  std::string text;
  while (text.size() <= ColumnReader::kMaxSentenceBytes)
    text += "wordword O\n";
  EXPECT_THAT(column_error(text), HasSubstr("FILE:1: the sentence has more than 1048576 bytes"));
}

TEST(Columns, NamesOfColumnsAreChecked) {
  const auto error = [](const std::vector<std::string>& columns) {
    return user_error_of([&] { check_columns({.columns = columns}); });
  };
  EXPECT_EQ(error({"word", "-", "-", "tag"}), "no error");
  EXPECT_THAT(error({"word", "pos"}), HasSubstr("no column 'pos'. Fix: use word, tag,"));
  EXPECT_THAT(error({"word", "tag", "word"}), HasSubstr("column word is there twice"));
  EXPECT_THAT(error({"tag"}), HasSubstr("no column holds the words"));
  EXPECT_THAT(error({"word", "props"}), HasSubstr("belong to predicates"));
  EXPECT_THAT(error({"word", "predicate", "props", "roles"}), HasSubstr("props and roles"));
}

}  // namespace
}  // namespace regard
