#include "regard/core/shell.h"

#include <array>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace regard {
namespace {

/// What bash takes a quoted word for.
std::string read_by_bash(const std::string& word) {
  // bash -c '...' in the quoting of sh: the word stands in a here-document, which changes nothing.
  const std::string command = "bash <<'END_OF_WORD'\nprintf %s " + word + "\nEND_OF_WORD\n";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "no shell";
  std::string text;
  std::array<char, 256> buffer{};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), count);
  ::pclose(pipe);
  return text;
}

TEST(ShellQuoted, LeavesPlainWordsAlone) {
  for (const char* word : {"runs/a", "runs/quick-start_2.old", "a=b@c:d,e+f%", "gr\u00f6\u00dfe"})
    EXPECT_EQ(shell_quoted(word), word);
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("=ls"), "'=ls'");
  EXPECT_EQ(shell_quoted("my models/a"), "'my models/a'");
  EXPECT_EQ(shell_quoted("it's"), R"('it'\''s')");
}

TEST(ShellQuoted, IsReadBackByAShell) {
  for (const std::string word : {"my models/first run",
                                 "it's",
                                 "\"x\"",
                                 "$HOME",
                                 "`id`",
                                 "a;b",
                                 "a\\b",
                                 "*",
                                 "~x",
                                 "!x",
                                 "#x",
                                 "a&b|c",
                                 "(x)",
                                 "{a,b}",
                                 "a\tb",
                                 "x\x1b[31m",
                                 "\xff\xfe",
                                 "'",
                                 "''",
                                 "größe",
                                 "a=b",
                                 "<>",
                                 "a\\'\tb"}) {
    EXPECT_EQ(read_by_bash(shell_quoted(word)), word) << shell_quoted(word);
  }
}

TEST(ShellQuoted, HoldsNothingThatALineOfALogWouldEscape) {
  EXPECT_EQ(shell_quoted("a\tb\x1b"), R"($'a\x09b\x1b')");
}

TEST(ShellQuotedPath, IsNoOption) {
  EXPECT_EQ(shell_quoted_path("-run"), "./-run");
  EXPECT_EQ(shell_quoted_path("--my run"), "'./--my run'");
  EXPECT_EQ(shell_quoted_path("runs/-a"), "runs/-a");
}

}  // namespace
}  // namespace regard
