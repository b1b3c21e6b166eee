#include "regard/align/lexicon.h"

#include <gtest/gtest.h>

#include "align/sample_pairs.h"
#include "core/file_support.h"

namespace regard {
namespace {

using test::slurp;
using test::TemporaryFolder;

/// das-the twice, das-a once, Haus-house once.
Lexicon lexicon_of(const ParallelText& text) {
  Lexicon lexicon;
  lexicon.add(text.source.line(0), text.target.line(0), {{0, 0}, {1, 1}});
  lexicon.add(text.source.line(1), text.target.line(1), {{0, 0}});
  lexicon.add(text.source.line(2), text.target.line(2), {{0, 0}});
  return lexicon;
}

ParallelText lexicon_text() {
  return test::pairs_of("das Haus\ndas\ndas\n", "the house\na\nthe\n");
}

TEST(Lexicon, DividesByTheLinksOfTheGivenWord) {
  const ParallelText text = lexicon_text();
  const Lexicon lexicon = lexicon_of(text);
  const Lexicon::Table table = lexicon.target_given_source(2, 0);
  ASSERT_EQ(table.size(), 2U);
  ASSERT_EQ(table[0].size(), 2U);
  EXPECT_EQ(text.target.words().word(table[0][0].word), "the");
  EXPECT_DOUBLE_EQ(table[0][0].probability, 2.0 / 3);
  EXPECT_DOUBLE_EQ(table[0][1].probability, 1.0 / 3);
  const Lexicon::Table reverse = lexicon.source_given_target(3, 0);
  ASSERT_EQ(reverse[0].size(), 1U);
  EXPECT_DOUBLE_EQ(reverse[0][0].probability, 1);
}

TEST(Lexicon, KeepsTheMostProbableOnes) {
  const Lexicon::Table table = lexicon_of(lexicon_text()).target_given_source(2, 1);
  ASSERT_EQ(table[0].size(), 1U);
  EXPECT_DOUBLE_EQ(table[0][0].probability, 2.0 / 3);  // as it was before
}

TEST(Lexicon, IsWrittenAsMosesDoes) {
  const TemporaryFolder folder;
  const ParallelText text = lexicon_text();
  write_lexicon(folder / "lex.s2t", lexicon_of(text).target_given_source(2, 0), text.source.words(),
                text.target.words());
  EXPECT_EQ(slurp(folder / "lex.s2t"),
            "the das 0.6666667\na das 0.3333333\nhouse Haus 1.0000000\n");
}

}  // namespace
}  // namespace regard
