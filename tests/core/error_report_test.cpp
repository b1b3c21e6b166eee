#include "regard/core/error_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file_support.h"

namespace regard {
namespace {

using test::spill;
using test::TemporaryFolder;
using ::testing::ElementsAre;

std::vector<std::string> lines_of(const std::string& name, std::int64_t line, std::int64_t column,
                                  bool has_colour = false) {
  ErrorReportStyle style;
  style.shows_source = true;
  style.has_colour = has_colour;
  const UserError error(SourceSpot{name, line, column}, "bad");
  return report_lines(error, style);
}

TEST(ErrorReport, ShowsTheLineAndACaretUnderTheColumn) {
  const TemporaryFolder folder;
  const std::string path = (folder / "a.yaml").string();
  spill(path, "model:\n\theads: 7\r\n\xE6\xA8\xA1\xC3\xA4: x\n");
  EXPECT_THAT(lines_of(path, 1, 1),
              ElementsAre("error: " + path + ":1:1: bad.", "  1 | model:", "    | ^"));
  EXPECT_THAT(lines_of(path, 2, 2),
              ElementsAre("error: " + path + ":2:2: bad.", "  2 |  heads: 7", "    |  ^"));
  EXPECT_THAT(lines_of(path, 3, 8), ElementsAre("error: " + path + ":3:8: bad.",
                                                "  3 | \xE6\xA8\xA1\xC3\xA4: x", "    |      ^"))
      << "columns count bytes, the caret stands where a terminal shows the character";
}

TEST(ErrorReport, IsThePlainLineWhereTheSourceCannotBeHad) {
  const TemporaryFolder folder;
  const std::string path = (folder / "a.yaml").string();
  EXPECT_EQ(lines_of(path, 1, 1).size(), 1U) << "no such file";
  spill(path, "a: 1\n");
  EXPECT_EQ(lines_of(path, 2, 1).size(), 1U) << "no such line";
  EXPECT_EQ(lines_of(path, 1, 9).size(), 1U) << "no such column";
  EXPECT_EQ(lines_of(path, 1, 0).size(), 1U) << "no column";
  EXPECT_EQ(lines_of("--set a=1", 0, 0).size(), 1U) << "no file";
}

TEST(ErrorReport, CutsLongLinesAroundTheColumn) {
  const TemporaryFolder folder;
  const std::string path = (folder / "a.yaml").string();
  spill(path, std::string(500, 'x') + "!" + std::string(500, 'y'));
  const auto lines = lines_of(path, 1, 501);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_LE(lines[1].size(), 120U);
  ASSERT_NE(lines[2].find('^'), std::string::npos);
  EXPECT_EQ(lines[1].at(lines[2].find('^')), '!');
}

TEST(ErrorReport, EscapesWhatTheLineHolds) {
  const TemporaryFolder folder;
  const std::string path = (folder / "a.yaml").string();
  spill(path, "\x1b[2J: 1\n");
  EXPECT_EQ(lines_of(path, 1, 1).at(1), R"(  1 | \x1b[2J: 1)");
}

TEST(ErrorReport, HasColoursOnlyWhenAsked) {
  const TemporaryFolder folder;
  const std::string path = (folder / "a.yaml").string();
  spill(path, "a: 1\n");
  for (const std::string& line : lines_of(path, 1, 1))
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  for (const std::string& line : lines_of(path, 1, 1, true))
    EXPECT_NE(line.find("\x1b["), std::string::npos);
}

TEST(ErrorReport, StopsWhereTheStyleSays) {
  std::vector<Problem> problems(30, Problem{{"f", 1}, "bad", ""});
  const UserError error(problems);
  ErrorReportStyle style;
  EXPECT_EQ(report_lines(error, style), error_lines(error));
  style.max_problems = 1000;
  EXPECT_EQ(report_lines(error, style).size(), 30U);
  style.max_problems = 29;
  EXPECT_EQ(report_lines(error, style).back(), "error: and 1 more problem");
}

}  // namespace
}  // namespace regard
