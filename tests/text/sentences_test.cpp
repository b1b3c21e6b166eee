#include "regard/text/sentences.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> sentences(const std::string& text) {
  std::vector<std::string> found;
  std::size_t end = 0;
  for (const ByteRange& range : sentence_ranges(text)) {
    EXPECT_LE(end, range.begin);
    EXPECT_LT(range.begin, range.end);
    end = range.end;
    found.push_back(text.substr(range.begin, range.end - range.begin));
  }
  return found;
}

TEST(Sentences, EndWithTheirMarks) {
  EXPECT_THAT(sentences("Hello. How are you?  Fine!\tYes\u2026 No"),
              ElementsAre("Hello.", "How are you?", "Fine!", "Yes\u2026", "No"));
  EXPECT_THAT(sentences(" one "), ElementsAre("one"));
  EXPECT_THAT(sentences(""), IsEmpty());
  EXPECT_THAT(sentences(" \u00a0\t "), IsEmpty());
  EXPECT_THAT(sentences("..."), ElementsAre("..."));
}

TEST(Sentences, TakeTheirQuotesAndBrackets) {
  EXPECT_THAT(
      sentences("He said \"Go.\" She went. (It was late.) \u201eJa.\u201c Gut."),
      ElementsAre("He said \"Go.\"", "She went.", "(It was late.)", "\u201eJa.\u201c", "Gut."));
  EXPECT_THAT(sentences("What?! Really... Yes."), ElementsAre("What?!", "Really...", "Yes."));
}

TEST(Sentences, AreNotSplitByOtherPeriods) {
  for (const char* whole : {"Dr. Smith paid 3.50 to J. R. Ewing.", "Am 3. Mai war es warm.",
                            "See e.g. Figure 2.", "It works, etc. and so on.",
                            "example.com is a name.", "Das kostet z.B. Geld.", "Wait... what?"})
    EXPECT_THAT(sentences(whole), ElementsAre(whole));
}

TEST(Sentences, NeedNoWhiteSpaceInChineseAndJapanese) {
  EXPECT_THAT(
      sentences("\u4f60\u597d\u3002\u518d\u89c1\uff01\u300c\u306f\u3044\u3002\u300d\u305d\u3046"),
      ElementsAre("\u4f60\u597d\u3002", "\u518d\u89c1\uff01", "\u300c\u306f\u3044\u3002\u300d",
                  "\u305d\u3046"));
}

TEST(Sentences, OfAnyBytesStayInsideTheText) {
  for (const char* text : {"\xff. A", "a.\xe4", "\xf0\x9f. B", ".\xc2"}) {
    const std::string bytes = text;
    for (const ByteRange& range : sentence_ranges(bytes))
      EXPECT_LE(range.end, bytes.size());
  }
}

}  // namespace
}  // namespace regard
