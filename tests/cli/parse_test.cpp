#include "regard/cli/parse.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/cli/help.h"
#include "regard/core/error.h"

#include "cli/example_program.h"
#include "core/file_support.h"

namespace regard::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string error_of_line(const std::vector<std::string>& words) {
  ExampleProgram example;
  return test::error_of<UserError>([&] { example.parse(words); });
}

TEST(Parse, GivesEachOptionItsValue) {
  ExampleProgram example;
  const Command& called = example.parse({"cook", "soup", "--guests", "3", "--heat=high", "--salt",
                                         "--with", "peas", "--with", "mint"});
  EXPECT_EQ(called.name, "cook");
  EXPECT_EQ(example.dish, "soup");
  EXPECT_EQ(example.guests, 3);
  EXPECT_EQ(example.heat, Heat::high);
  EXPECT_TRUE(example.has_salt);
  EXPECT_THAT(example.extras, ElementsAre("peas", "mint"));
  EXPECT_EQ(example.minutes, std::nullopt);
  EXPECT_NO_THROW(ExampleProgram().parse({"cook", "soup", "--salt", "--salt"}));
}

TEST(Parse, TakesSeveralValuesInARow) {
  ExampleProgram example;
  example.parse({"cook", "soup", "--herbs", "dill", "sage", "--salt"});
  EXPECT_THAT(example.herbs, ElementsAre("dill", "sage"));
}

TEST(Parse, TakesATextAsItIs) {
  ExampleProgram example;
  example.parse({"cook", "--", "- [a: 'b'"});
  EXPECT_EQ(example.dish, "- [a: 'b'");
}

TEST(Parse, NamesTheOptionOfAValueThatIsNotAllowed) {
  EXPECT_THAT(error_of_line({"cook", "soup", "--guests", "13"}),
              StartsWith("--guests: 13 is out of range (allowed: between 1 and 12). Fix: "));
  EXPECT_THAT(error_of_line({"cook", "soup", "--guests=many"}),
              StartsWith("--guests: 'many' is not a whole number. Fix: "));
  EXPECT_THAT(error_of_line({"cook", "soup", "--heat", "hihg"}),
              StartsWith("--heat: 'hihg' is not one of low, high. Fix: use high"));
  EXPECT_THAT(error_of_line({"cook", "soup", "--guests="}), StartsWith("--guests: "));
}

TEST(Parse, NamesAnUnknownOptionBeforeAllElse) {
  const char* unknown = "unknown option '--gests', did you mean --guests? Fix: see kitchen cook";
  EXPECT_THAT(error_of_line({"cook", "--gests", "3"}), StartsWith(unknown));
  EXPECT_THAT(error_of_line({"cook", "soup", "--gests=3"}), StartsWith(unknown));
  EXPECT_THAT(error_of_line({"cook", "--heat", "cold", "--gests", "3"}), StartsWith(unknown));
  EXPECT_THAT(error_of_line({"cook", "soup", "and", "more", "--gests"}), StartsWith(unknown));
  EXPECT_THAT(error_of_line({"cook", "--gests", "3", "--guests"}), StartsWith(unknown));
}

TEST(Parse, TellsWhichCommandsHaveAnOption) {
  EXPECT_THAT(error_of_line({"list", "meals", "--heat", "low"}),
              StartsWith("unknown option '--heat', which belongs to kitchen cook. Fix: "));
  EXPECT_THAT(error_of_line({"--heat", "low", "cook", "soup"}), HasSubstr("kitchen cook"));
}

TEST(Parse, TellsHowAnAssignmentIsWritten) {
  EXPECT_THAT(error_of_line({"cook", "soup", "--mint", "1"}),
              StartsWith("unknown option '--mint', did you mean --with mint=? Fix: "));
}

TEST(Parse, TellsWhatIsMissingWithAnExample) {
  EXPECT_THAT(error_of_line({"cook"}),
              StartsWith("kitchen cook: DISH is missing (what to cook). Fix: write, for example, "
                         "kitchen cook soup; see kitchen cook --help."));
  EXPECT_THAT(error_of_line({"cook", "soup", "--heat"}),
              StartsWith("--heat: its value is missing. Fix: write --heat low|high"));
}

TEST(Parse, RefusesWhatHasNoPlace) {
  EXPECT_THAT(error_of_line({"cook", "soup", "cake"}),
              HasSubstr("unexpected argument after the given ones: 'cake'"));
  EXPECT_THAT(error_of_line({"coko"}), HasSubstr("unknown command 'coko', did you mean cook?"));
  EXPECT_THAT(error_of_line({"list", "meal"}), HasSubstr("did you mean meals?"));
  EXPECT_THAT(error_of_line({"cook", "soup", "--guests", "2", "--guests", "3"}),
              HasSubstr("--guests: is given 2 times"));
  EXPECT_THAT(error_of_line({"cook", "soup", "--raw", "--heat", "low"}),
              StartsWith("--raw: cannot be combined with --heat"));
}

TEST(AskedText, AnswersHelpAndVersion) {
  ExampleProgram example;
  EXPECT_EQ(example.asked({"--version"}), "kitchen 1\n");
  EXPECT_EQ(example.asked({"-V"}), "kitchen 1\n");
  EXPECT_THAT(example.asked({}).value(), HasSubstr("Usage: kitchen COMMAND"));
  EXPECT_EQ(example.asked({"list"}), example.asked({"list", "--help"}));
  EXPECT_THAT(example.asked({"cook", "--guests", "3", "-h"}).value(),
              HasSubstr("Usage: kitchen cook DISH [OPTIONS]"));
  EXPECT_EQ(example.asked({"cook", "--dish", "-h"}).has_value(), true);
  EXPECT_EQ(example.asked({"cook", "soup"}), std::nullopt);
  EXPECT_EQ(example.asked({"cook", "--heat", "-h"}), std::nullopt) << "a value";
  EXPECT_EQ(example.asked({"cook", "--version"}), std::nullopt) << "no option of a command";
}

TEST(Help, SaysLimitsAndDefaultInTheSentence) {
  ExampleProgram example;
  const std::string help = example.asked({"cook", "--help"}).value();
  EXPECT_THAT(help, HasSubstr("  --guests N              Plates to fill (1 to 12; default 2).\n"));
  EXPECT_THAT(help, HasSubstr("  --heat low|high         Of the stove (default low).\n"));
  EXPECT_THAT(help, HasSubstr("  --minutes NUMBER        Time (above 0).\n"));
  EXPECT_THAT(help, HasSubstr("  --salt                  Add salt.\n"));
  EXPECT_THAT(help, HasSubstr("\nTaste:\n  --salt"));
  EXPECT_THAT(help, HasSubstr("\nArguments:\n  DISH                    What to cook.\n"));
  EXPECT_THAT(help, HasSubstr("\nExamples:\n  kitchen cook soup\n      hot\n"));
  EXPECT_THAT(help, Not(HasSubstr("INT")));
}

TEST(Help, HasLinesOfAtMost100Columns) {
  ExampleProgram example;
  std::string line;
  bool was_wrapped = false;
  for (const char c : example.asked({"cook", "--help"}).value()) {
    if (c != '\n') {
      line += c;
      continue;
    }
    EXPECT_LE(line.size(), 100U) << line;
    was_wrapped |= line.starts_with("                          ") && line.size() > 30;
    line.clear();
  }
  EXPECT_TRUE(was_wrapped);
}

TEST(Help, IsFoundByName) {
  ExampleProgram example;
  EXPECT_EQ(help_for(example.program, {"list", "meals"}),
            example.asked({"list", "meals", "--help"}));
  EXPECT_THAT(test::error_of<UserError>([&] { help_for(example.program, {"coko"}); }),
              HasSubstr("did you mean cook?"));
}

}  // namespace
}  // namespace regard::cli
