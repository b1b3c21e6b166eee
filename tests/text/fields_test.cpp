#include "regard/text/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/read_text.h"

namespace regard {
namespace {

using test::TextLines;
using test::user_error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Fields = std::vector<std::string>;

struct Table {
  std::vector<Fields> rows;
  std::vector<Fields> further;
  std::vector<std::int64_t> lines;
};

Table read_table(const std::string& text, const FieldsOptions& options) {
  const TextLines lines(text);
  FieldReader reader(lines.reader(), options);
  Table table;
  Row row;
  while (reader.next(row)) {
    table.rows.push_back(row.fields);
    table.further.push_back(row.further);
    table.lines.push_back(row.place.line);
    EXPECT_EQ(row.place.name, "FILE");
  }
  EXPECT_FALSE(reader.next(row));
  return table;
}

std::string table_error(const std::string& text, const FieldsOptions& options) {
  return user_error_of([&] { read_table(text, options); });
}

TEST(Fields, ColumnsAreChosenByNumber) {
  const Table table = read_table("a\tb\tc\n1\t2\t3\n", {.columns = {"3", "1"}});
  EXPECT_THAT(table.rows, ElementsAre(Fields{"c", "a"}, Fields{"3", "1"}));
  EXPECT_THAT(table.lines, ElementsAre(1, 2));
}

TEST(Fields, ColumnsAreChosenByTheNamesOfTheHeader) {
  const FieldsOptions options = {.columns = {"sentence2", "1", "2"}, .has_header = true};
  // A header that looks like a number wins over the number.
  EXPECT_THAT(read_table("id\tsentence2\t1\nx\ty\tz\n", options).rows,
              ElementsAre(Fields{"y", "z", "y"}));
}

TEST(Fields, AListInFileOrderLeavesColumnsOut) {
  const FieldsOptions options = fields_in_order({"label", "-", "-", "first", "second"});
  EXPECT_THAT(options.columns, ElementsAre("1", "4", "5"));
  EXPECT_EQ(options.num_columns, 5U);
  EXPECT_THAT(read_table("1\t7\t8\ta b\tc\n", options).rows, ElementsAre(Fields{"1", "a b", "c"}));
}

TEST(Fields, AListInFileOrderDoesNotLookAtTheHeader) {
  FieldsOptions options = fields_in_order({"label", "text"});
  options.has_header = true;
  // Names that other programs count from 0.
  EXPECT_THAT(read_table("0\t1\nyes\ta b\n", options).rows, ElementsAre(Fields{"yes", "a b"}));
}

TEST(Fields, TextIsTakenAsItStandsThere) {
  const std::string text =
      "\xEF\xBB\xBF"
      "1\t\"He said \"\"no\"\"\r\n0\t a  b\\t \r\n0\tlone \r cr\r\n1\t";
  EXPECT_THAT(read_table(text, fields_in_order({"label", "text"})).rows,
              ElementsAre(Fields{"1", "\"He said \"\"no\"\""}, Fields{"0", " a  b\\t "},
                          Fields{"0", "lone \r cr"}, Fields{"1", ""}));
}

TEST(Fields, EmptyFieldsAreFields) {
  EXPECT_THAT(read_table("\t\t\n", {.columns = {"1", "2", "3"}}).rows,
              ElementsAre(Fields{"", "", ""}));
  EXPECT_THAT(read_table("a\n\nb\n", {.columns = {"1"}}).rows,
              ElementsAre(Fields{"a"}, Fields{""}, Fields{"b"}));
  EXPECT_THAT(read_table("", {.columns = {"1"}}).rows, IsEmpty());
}

TEST(Fields, WithSpacesTheLastColumnIsTheRest) {
  FieldsOptions options = fields_in_order({"label", "text"});
  options.separator = FieldSeparator::space;
  EXPECT_THAT(read_table("2 a good film\n0 \n", options).rows,
              ElementsAre(Fields{"2", "a good film"}, Fields{"0", ""}));
  EXPECT_THAT(table_error("2 a\n1\n", options), HasSubstr("FILE:2: 1 column, but a line has 2"));
}

TEST(Fields, FurtherColumnsAreKeptOnRequest) {
  FieldsOptions options = fields_in_order({"label", "sentences"});
  options.keeps_further = true;
  const Table table = read_table("1\ta\n0\ta\tb\tc\n", options);
  EXPECT_THAT(table.rows, ElementsAre(Fields{"1", "a"}, Fields{"0", "a"}));
  EXPECT_THAT(table.further, ElementsAre(Fields{}, Fields{"b", "c"}));
  EXPECT_THAT(table_error("1\n", options), HasSubstr("FILE:1: 1 column, but a line has 2"));
}

TEST(Fields, AnotherNumberOfColumnsIsNamedWithItsLine) {
  const FieldsOptions two = fields_in_order({"label", "text"});
  EXPECT_EQ(
      table_error("1\ta\n0\tb\tc\n", two),
      "FILE:2: 3 columns, but a line has 2 columns. Fix: put one tab between columns, and none "
      "inside of a text.");
  EXPECT_THAT(table_error("1\ta\n\n", two), HasSubstr("FILE:2: 1 column, but"));
  // Without a list the first line decides.
  EXPECT_THAT(table_error("a\tb\na\n", {.columns = {"1"}}), HasSubstr("FILE:2: 1 column, but"));
  EXPECT_THAT(table_error("\"1\",\"a\"\n", two), HasSubstr("Fix: write tabs, without quotes."));
  EXPECT_THAT(table_error("a\tb\n1\t2\t3\n", {.columns = {"a"}, .has_header = true}),
              HasSubstr("FILE:2: 3 columns"));
}

TEST(Fields, AColumnThatIsNotThereIsRefused) {
  const FieldsOptions named = {.columns = {"sentense1"}, .has_header = true};
  EXPECT_EQ(table_error("label\tsentence1\n", named),
            "FILE:1: there is no column 'sentense1': the header has label, sentence1. Fix: use "
            "'sentence1'.");
  EXPECT_THAT(table_error("a\tb\n", {.columns = {"3"}}),
              HasSubstr("FILE:1: there is no column '3'"));
  EXPECT_THAT(table_error("a\tb\n", {.columns = {"0"}}), HasSubstr("there is no column '0'"));
  EXPECT_THAT(table_error("a\n", {.columns = {"label"}}), HasSubstr("no header names them"));
  EXPECT_THAT(table_error("a\ta\n", {.columns = {"a"}, .has_header = true}),
              HasSubstr("FILE:1: two columns have the name 'a'"));
  EXPECT_THAT(table_error("", named), HasSubstr("FILE: the file is empty"));
}

TEST(Fields, ALineThatWasCutIsRefused) {
  const TextLines lines("1\tabcdefghij\n");
  const FieldsOptions options = fields_in_order({"label", "text"});
  FieldReader reader(lines.reader("FILE", {.max_line_bytes = 8}), options);
  Row row;
  EXPECT_THAT(user_error_of([&] { reader.next(row); }),
              HasSubstr("FILE:1: the line has more than 8 bytes"));
}

TEST(Fields, ScoresAreFiniteNumbers) {
  const SourceSpot place = {"FILE", 3, 0};
  EXPECT_EQ(parse_score(" 3.7 ", place), 3.7);
  EXPECT_EQ(parse_score("-1e2", place), -100);
  EXPECT_EQ(user_error_of([&] { parse_score("n/a", place); }),
            "FILE:3: score 'n/a' is no finite number. Fix: write a number such as 3.7.");
  for (const char* text : {"", "nan", "inf", "1e999", "3,7"})
    EXPECT_THAT(user_error_of([&] { parse_score(text, place); }), HasSubstr("no finite")) << text;
}

}  // namespace
}  // namespace regard
