#include "regard/config/document.h"

#include <filesystem>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/files.h"

namespace regard::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The text of the UserError that `action` throws.
std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

std::string parse_error(const std::string& text) {
  return error_of([&] { parse_yaml(text, "a.yaml"); });
}

std::string nested_lists(int depth) {
  return "a: " + std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseYaml, KeepsTextsKeysAndPlaces) {
  const Document document = parse_yaml("a: 1\nb:\n  - {c: \"2\"}\n  -\n", "a.yaml");
  ASSERT_NE(document.find("b[0].c"), nullptr);
  EXPECT_EQ(document.find("a")->text, "1");
  EXPECT_FALSE(document.find("a")->is_quoted);
  EXPECT_EQ(document.find("b[0].c")->text, "2");
  EXPECT_TRUE(document.find("b[0].c")->is_quoted);
  EXPECT_EQ(to_string(document.find("b[0].c")->spot), "a.yaml:3:6");
  EXPECT_EQ(document.find("b[1]")->kind, Node::Kind::null);
  EXPECT_EQ(document.find("b[2]"), nullptr);
  EXPECT_EQ(to_string(document.spot_of("b[0].x.y")), "a.yaml:3:5");
}

TEST(ParseYaml, TakesByteOrderMarkAndCarriageReturns) {
  const Document document = parse_yaml("\xEF\xBB\xBF# first\r\na: x\r\nb: 'y'\r\n", "a.yaml");
  EXPECT_EQ(document.find("a")->text, "x");
  EXPECT_EQ(document.find("b")->text, "y");
  EXPECT_EQ(to_string(document.spot_of("a")), "a.yaml:2:1");
}

TEST(ParseYaml, RefusesBytesThatAreNoText) {
  EXPECT_EQ(parse_error("a: 1\nb: \xC0\xAF\n"),
            "a.yaml:2:4: invalid UTF-8. Fix: save the text as UTF-8.");
  EXPECT_EQ(parse_error(std::string("a: \0b", 5)),
            "a.yaml:1:4: a NUL byte. Fix: save the text as UTF-8.");
  EXPECT_EQ(parse_error("a: \"b\\0\"\n"),
            "a.yaml:1:4: a text with a NUL or an invalid character. Fix: remove the escape.");
  EXPECT_THAT(parse_error("a: \"\\ud800\"\n"), StartsWith("a.yaml:1:"));
}

TEST(ParseYaml, RefusesMoreThanAMebibyte) {
  const std::string comment = "a: 1\n#" + std::string((1 << 20) - 6, 'x');
  EXPECT_EQ(parse_yaml(comment, "a.yaml").find("a")->text, "1");
  EXPECT_THAT(parse_error(comment + "x"), HasSubstr("a.yaml:2:1048572: longer than 1048576 bytes"));
}

TEST(ParseYaml, RefusesAnchorsAliasesTagsAndMergeKeys) {
  EXPECT_EQ(parse_error("a: &x 1\nb: *x\n"),
            "a.yaml:1:4: anchors (&) are not allowed. Fix: write the value out; quote a text that "
            "begins with & or *.\n"
            "a.yaml:2:4: aliases (*) are not allowed. Fix: write the value out; quote a text that "
            "begins with & or *.");
  EXPECT_THAT(parse_error("a: &x [*x]\n"), HasSubstr("a.yaml:1:8: aliases"));
  EXPECT_EQ(parse_error("a: *nowhere\n"),
            "a.yaml:1:4: aliases (*) are not allowed. Fix: quote a text that begins with *.");
  EXPECT_THAT(parse_error("&k a: 1\n"), HasSubstr("a.yaml:1:1: anchors"));
  EXPECT_THAT(parse_error("a: &x\nb: 1\n"), HasSubstr("anchors"));
  EXPECT_EQ(parse_error("a: !!int 1\n"),
            "a.yaml:1:4: tags (tag:yaml.org,2002:int) are not allowed. Fix: remove it; put a text "
            "that begins with ! in quotes.");
  EXPECT_THAT(parse_error("a: !own {b: 1}\n"), HasSubstr("tags (!own)"));
  EXPECT_THAT(parse_error("a: ! [1]\n"), HasSubstr("tags (!)"));
  EXPECT_THAT(parse_error("a: ! 1\n"), HasSubstr("tags (!)"));
  EXPECT_EQ(parse_error("a:\n  <<: {b: 1}\n"),
            "a.yaml:2:3: merge keys (<<) are not allowed. Fix: write the keys out.");
}

TEST(ParseYaml, RefusesMoreThanOneDocument) {
  EXPECT_EQ(parse_error("a: 1\n---\nb: 2\n"),
            "a.yaml:2:1: a second document. Fix: keep one document per file.");
  EXPECT_THAT(parse_error("{a: 1}\nb: 2\n"), StartsWith("a.yaml:2:"));
  EXPECT_EQ(parse_yaml("---\na: 1\n...\n", "a.yaml").find("a")->text, "1");
}

TEST(ParseYaml, RefusesMoreThanSixteenLevels) {
  EXPECT_NO_THROW(parse_yaml(nested_lists(15), "a.yaml"));
  EXPECT_EQ(parse_error(nested_lists(16)),
            "a.yaml:1:19: nested deeper than 16 levels. Fix: remove the inner levels.");
  EXPECT_THAT(parse_error(nested_lists(100000)), HasSubstr("nested deeper than 16 levels"));
  EXPECT_THAT(parse_error("a: " + std::string(100000, '{')), StartsWith("a.yaml:1:"));
}

TEST(ParseYaml, RefusesWhatIsNoMapOfKeys) {
  EXPECT_EQ(parse_error(""),
            "a.yaml:1:1: the configuration is empty. Fix: write at least one key: value.");
  EXPECT_THAT(parse_error("# only a comment\n"), HasSubstr("empty"));
  EXPECT_THAT(parse_error("---\n"), HasSubstr("empty"));
  EXPECT_EQ(parse_error("- a\n- b\n"),
            "a.yaml:1:1: expected key: value lines, found a list. Fix: write key: value at the top "
            "level.");
  EXPECT_THAT(parse_error("just words\n"), HasSubstr("found a single value"));
  EXPECT_EQ(parse_error("? [a, b]\n: 1\n"),
            "a.yaml:1:3: a key that is a list or a group. Fix: use a plain word, and close every "
            "bracket.");
  EXPECT_EQ(parse_error("~: 1\n"), "a.yaml:1:1: an empty key. Fix: name the key.");
}

/// Bytes of all texts in the problems.
std::size_t bytes_of(const std::vector<Problem>& problems) {
  std::size_t bytes = 0;
  for (const Problem& problem : problems)
    bytes += problem.spot.name.size() + problem.what.size() + problem.fix.size();
  return bytes;
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += text;
  return all;
}

TEST(ParseYaml, ProblemsOfLongKeysThatAreRepeatedStaySmall) {
  const std::string key(100000, 'k');
  const Document document =
      parse_yaml("? " + key + "\n: {" + repeated("a: 1, ", 5000) + "a: 1}\n", "a.yaml");
  EXPECT_FALSE(document.pending_problems().empty());
  EXPECT_LT(bytes_of(document.pending_problems()), 1000000U);
}

TEST(ParseYaml, ProblemsOfLongTagsThatAreRepeatedStaySmall) {
  const std::string directive = "%TAG ! " + std::string(100000, 't') + "\n---\n";
  try {
    parse_yaml(directive + "a: [" + repeated("!x b, ", 3000) + "]\n", "a.yaml");
    FAIL() << "tags were taken";
  } catch (const UserError& error) {
    EXPECT_LT(bytes_of(error.problems()), 1000000U);
  }
}

TEST(ParseYaml, TellsWhereTheSyntaxBreaks) {
  EXPECT_THAT(parse_error("a: b: c\n"), StartsWith("a.yaml:1:5: not valid YAML: "));
  EXPECT_THAT(parse_error("a: 1\n\tb: 2\n"), StartsWith("a.yaml:2:"));
}

TEST(ParseYaml, NamesTheBracketThatIsOpen) {
  const std::string square = "the bracket [ is never closed. Fix: add ] where it ends.";
  const std::string curly = "the bracket { is never closed. Fix: add } where it ends.";
  const std::string head = "not valid YAML: ";
  EXPECT_EQ(parse_error("a: 1\nb: [1, 2\nc: 3\n"), "a.yaml:2:4: " + head + square);
  EXPECT_EQ(parse_error("b: [1, 2\n"), "a.yaml:1:4: " + head + square);
  EXPECT_EQ(parse_error("a: {x: 1\nb: 3\n"), "a.yaml:1:4: " + head + curly);
  EXPECT_EQ(parse_error("t: [{s: a, t: b]\nv: {c: 1}\n"), "a.yaml:1:5: " + head + curly);
  EXPECT_EQ(parse_error("t: [{s: a, t: b}\nv: {c: 1}\nm:\n  a: 1\n"),
            "a.yaml:1:4: " + head + square);
  EXPECT_EQ(parse_error("t:\n  - {s: \"]}\", t: 'it''s ]'  # ]}\nv: 1\n"),
            "a.yaml:2:5: " + head + curly);
  EXPECT_EQ(parse_error("a: {s: b}}\n"),
            "a.yaml:1:10: " + head +
                "a closing } without an opening one. Fix: remove it, or write "
                "the opening one.");
}

TEST(ParseYaml, SaysInWordsWhatSlipped) {
  const auto reason = [](const std::string& text) {
    const std::string line = parse_error(text);
    const std::string head = "not valid YAML: ";
    const std::size_t at = line.find(head);
    return at == std::string::npos ? line : line.substr(0, at) + line.substr(at + head.size());
  };
  const std::string tab =
      "a tab in the indentation. Fix: indent with spaces, like the lines around it.";
  EXPECT_EQ(reason("m:\n\tdim: 32\n\theads: 2\n"), "a.yaml:2:1: " + tab);
  EXPECT_EQ(reason("m:\n  dim: 3\n\theads: 2\n"), "a.yaml:3:1: " + tab);
  EXPECT_EQ(reason("m:\n  \tdim: 3\n"), "a.yaml:2:3: " + tab);
  EXPECT_EQ(reason("a: b: c\n"),
            "a.yaml:1:5: a second 'key: ' on the line. Fix: put a text that contains a colon and a "
            "space in quotes, or start a new line.");
  EXPECT_EQ(reason("a: 1\n  b: 2\n"),
            "a.yaml:2:4: indented further than the line above, which already has a value. Fix: "
            "start it in column 1.");
  EXPECT_EQ(reason("x: 1\na\nb: 1\n"), "a.yaml:2:1: 'a' has no colon. Fix: write key: value.");
  EXPECT_EQ(reason("a:1\nb: 2\n"), "a.yaml:1:1: no space after the colon. Fix: write 'a: 1'.");
  EXPECT_EQ(reason("a:\n    b: 1\n  c: 2\n"),
            "a.yaml:3:3: indented by 2, like no group of keys above it. Fix: indent it like the "
            "other keys of its group.");
  EXPECT_EQ(reason("a: \"x\" y\n"),
            "a.yaml:1:8: text after the closing quote. Fix: put all of it in one pair of quotes; "
            "inside '...', write '' for a quote.");
  EXPECT_EQ(reason("a: @x\n"), "a.yaml:1:4: a text cannot begin with '@'. Fix: put it in quotes.");
  EXPECT_THAT(reason("tag: >>de<<\n"), HasSubstr("put it in quotes, as in \">>de<<\""));
}

TEST(ParseYaml, RefusesOpenQuotes) {
  const std::string fault = "a quote that is never closed. Fix: add the closing quote.";
  EXPECT_EQ(parse_error("a: \"open\nb: 2\n"), "a.yaml:1:4: " + fault);
  EXPECT_EQ(parse_error("a: '\u00e4'\r\nb: {c: 'it''s\r\n"), "a.yaml:2:8: " + fault);
  EXPECT_EQ(parse_error("a: \"x\\\""), "a.yaml:1:4: " + fault);
  EXPECT_EQ(parse_error("'a: 1\n"), "a.yaml:1:1: " + fault);
  EXPECT_EQ(parse_yaml("a: 'it''s'\nb: \"\\\"\"\n", "a.yaml").find("a")->text, "it's");
}

TEST(ParseYaml, KeepsDuplicatesForTheReader) {
  const Document document = parse_yaml("a: 1\nb: {c: 1, c: 2}\na: 3\n", "a.yaml");
  EXPECT_EQ(document.find("a")->text, "1");
  ASSERT_EQ(document.pending_problems().size(), 2U);
  EXPECT_EQ(to_string(document.pending_problems()[0]),
            "a.yaml:2:11: b.c: duplicate key (first at line 2). Fix: keep one of the two.");
  EXPECT_EQ(to_string(document.pending_problems()[1]),
            "a.yaml:3:1: a: duplicate key (first at line 1). Fix: keep one of the two.");
}

TEST(ReadYaml, RefusesMissingFilesAndFolders) {
  EXPECT_THAT(error_of([] { read_yaml("no/such.yaml"); }), HasSubstr("no/such.yaml"));
  EXPECT_THAT(error_of([] { read_yaml(std::filesystem::temp_directory_path()); }),
              HasSubstr("irectory"));
}

TEST(ReadYaml, NamesTheFile) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "read_yaml_test.yaml";
  write_file_atomically(path, "a: 1\n");
  const Document document = read_yaml(path);
  std::filesystem::remove(path);
  EXPECT_EQ(to_string(document.spot_of("a")), path.string() + ":1:1");
}

TEST(SetOverride, ReplacesAddsAndMakesGroups) {
  Document document = parse_yaml("a: {b: 1}\nl: [1, 2]\n", "a.yaml");
  document.set("a.b=2");
  document.set("a.c.d=[x, 'y']");
  document.set("l[1]=9");
  document.set("l[2]=10");
  document.set("m[0].n={o: 1}");
  document.set("a.b = 3");
  EXPECT_EQ(document.find("a.b")->text, "3");
  EXPECT_EQ(document.find("a.c.d[1]")->text, "y");
  EXPECT_EQ(document.find("l[0]")->text, "1");
  EXPECT_EQ(document.find("l[1]")->text, "9");
  EXPECT_EQ(document.find("l[2]")->text, "10");
  EXPECT_EQ(document.find("m[0].n.o")->text, "1");
  EXPECT_EQ(to_string(document.spot_of("m[0].n.o")), "--set m[0].n={o: 1}");
  EXPECT_EQ(document.origin_of("a.b"), "--set");
  EXPECT_EQ(document.origin_of("l[0]"), "a.yaml:2");
  EXPECT_EQ(document.origin_of("l[7]"), "default");
}

TEST(SetOverride, ReplacesGroupsAsAWhole) {
  Document document = parse_yaml("a: {b: 1, c: 2}\n", "a.yaml");
  document.set("a={b: 3}");
  EXPECT_EQ(document.find("a.b")->text, "3");
  EXPECT_EQ(document.find("a.c"), nullptr);
}

TEST(SetOverride, RefusesWhatIsNoAssignment) {
  const auto set_error = [](const std::string& text) {
    Document document = parse_yaml("a: {b: 1}\nl: [1]\ns: x\n", "a.yaml");
    return error_of([&] { document.set(text); });
  };
  EXPECT_EQ(set_error("a.b"),
            "--set a.b: expected KEY=VALUE. Fix: write --set training.max_updates=1000.");
  EXPECT_THAT(set_error("=1"), HasSubstr("expected KEY=VALUE"));
  EXPECT_EQ(set_error("a..b=1"),
            "--set a..b=1: 'a..b' is not a key. Fix: write keys with dots and [index], such as "
            "data.train[0].weight.");
  for (const char* path : {"[0]=1", "l[x]=1", "l[-1]=1", "l[0=1", "l[0]b=1", ".a=1", "a.=1",
                           "a b=1", "l[99999999999999999999]=1"}) {
    EXPECT_THAT(set_error(path), HasSubstr("is not a key")) << path;
  }
  EXPECT_EQ(
      set_error("s.t=1"),
      "--set s.t=1: s is a single value (a.yaml:3:1), not a group of keys. Fix: set s as a whole.");
  EXPECT_THAT(set_error("a[0]=1"), HasSubstr("a is a group of keys (a.yaml:1:1), not a list"));
  EXPECT_EQ(set_error("l[3]=1"),
            "--set l[3]=1: l[3]: the list has 1 item. Fix: use an index from 0 to 1.");
  EXPECT_THAT(set_error("a.b=[1"),
              StartsWith("--set a.b=[1: not valid YAML: the bracket [ is never closed."));
  EXPECT_THAT(set_error("a.b=*x"), StartsWith("--set a.b=*x: aliases"));
  EXPECT_THAT(set_error("a.b={c: 1, c: 2}"), HasSubstr("duplicate key"));
  EXPECT_THAT(set_error("a.b=\xFF"), HasSubstr("invalid UTF-8"));
  EXPECT_THAT(set_error("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1"), HasSubstr("nested deeper"));
  EXPECT_THAT(set_error("x=" + nested_lists(16).substr(3)), HasSubstr("nested deeper"));
}

TEST(SetOverride, LeavesTheDocumentAsItWasOnErrors) {
  Document document = parse_yaml("a: 1\n", "a.yaml");
  EXPECT_THROW(document.set("b.c[4]=1"), UserError);
  EXPECT_EQ(document.find("b"), nullptr);
}

TEST(FillText, LiesUnderWhatIsWritten) {
  Document document = parse_yaml("m: {dim: 1, l: [1], sub: {a: 1}}\n", "a.yaml");
  const Origin origin{"preset small"};
  document.fill_text("m", "{dim: 2, l: [2, 3], sub: {a: 2, b: 2}, heads: 2}", origin);
  document.fill_text("n.o", "5", origin);
  EXPECT_EQ(document.find("m.dim")->text, "1");
  EXPECT_EQ(document.find("m.l")->children.size(), 1U);
  EXPECT_EQ(document.find("m.sub.a")->text, "1");
  EXPECT_EQ(document.find("m.sub.b")->text, "2");
  EXPECT_EQ(document.find("m.heads")->text, "2");
  EXPECT_EQ(document.find("n.o")->text, "5");
  EXPECT_EQ(document.origin_of("m.heads"), "preset small");
  EXPECT_EQ(to_string(document.spot_of("m.sub.b")), "preset small");
  document.fill_text("", "{seed: 4}", origin);
  EXPECT_EQ(document.find("seed")->text, "4");
}

}  // namespace
}  // namespace regard::config
