#include "regard/cli/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/example_program.h"

namespace regard::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ManualPages, AreOneForEachCommandAndGroup) {
  const ExampleProgram example;
  const std::vector<ManualPage> pages = manual_pages(example.program, "kitchen 1");
  ASSERT_EQ(pages.size(), 4U);
  EXPECT_EQ(pages[0].file, "kitchen.1");
  EXPECT_EQ(pages[1].file, "kitchen-cook.1");
  EXPECT_EQ(pages[3].file, "kitchen-list-meals.1");
}

TEST(ManualPages, HoldWhatTheHelpHolds) {
  const ExampleProgram example;
  const std::string page = manual_pages(example.program, "kitchen 1")[1].text;
  EXPECT_THAT(page, StartsWith(".TH \"KITCHEN\\-COOK\" \"1\" \"\" \"kitchen 1\" "));
  EXPECT_THAT(page, HasSubstr(".SH NAME\nkitchen\\-cook \\- Cook a meal"));
  EXPECT_THAT(page, HasSubstr(".SH TASTE\n.TP\n\\fB\\-\\-salt\\fR\nAdd salt.\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-\\-guests\\fR \\fIN\\fR\n"
                              "Plates to fill (1 to 12; default 2).\n"));
  EXPECT_THAT(page, HasSubstr(".SH EXAMPLES\n"));
}

TEST(ManualPages, EscapeWhatRoffWouldTakeForItsOwn) {
  const ExampleProgram example;
  const std::string page = manual_pages(example.program, "kitchen 1")[1].text;
  EXPECT_THAT(page, HasSubstr("that's \\eall."));
  EXPECT_THAT(page, HasSubstr("\n\\&.Folder of the kitchen.\n"));
  EXPECT_THAT(page, Not(HasSubstr("\n.Folder")));
}

}  // namespace
}  // namespace regard::cli
