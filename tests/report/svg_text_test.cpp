#include "regard/report/svg_text.h"

#include <gtest/gtest.h>

namespace regard {
namespace {

TEST(SvgText, EscapesWhatXmlReserves) {
  EXPECT_EQ(escape_xml("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  EXPECT_EQ(escape_xml("plain ü 日本 😀"), "plain ü 日本 😀");
  EXPECT_EQ(escape_xml(""), "");
}

TEST(SvgText, ReplacesWhatXmlForbids) {
  EXPECT_EQ(escape_xml(std::string("a\0b\x1b", 4)), "a\uFFFDb\uFFFD");
  EXPECT_EQ(escape_xml("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(escape_xml("\uFFFE\uFFFF"), "\uFFFD\uFFFD");
  EXPECT_EQ(escape_xml("tab\tline\n"), "tab\tline\n");
}

TEST(SvgText, MeasuresInProportionToTheFontSize) {
  EXPECT_GT(text_width("abc", 12), 12);
  EXPECT_DOUBLE_EQ(text_width("abc", 24), 2 * text_width("abc", 12));
  EXPECT_LT(text_width("iii", 12), text_width("mmm", 12));
  EXPECT_GT(text_width("日本", 12), 24);
  EXPECT_EQ(text_width("", 12), 0);
}

TEST(SvgText, CutsAtWholeCharactersToFit) {
  EXPECT_EQ(fit_text("short", 100, 12), "short");
  const std::string text = "ein langer Titel mit Ümläuten und mehr";
  for (double width = 10; width < 300; width += 5) {
    const std::string cut = fit_text(text, width, 12);
    EXPECT_EQ(escape_xml(cut).find("\uFFFD"), std::string::npos) << cut;
    if (cut == text) continue;
    EXPECT_TRUE(cut.ends_with("…"));
    EXPECT_LE(text_width(cut, 12), std::max(width, text_width("…", 12)));
  }
}

}  // namespace
}  // namespace regard
