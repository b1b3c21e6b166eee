#include "regard/align/word_list.h"

#include <gtest/gtest.h>

namespace regard {
namespace {

TEST(FoldedWord, LosesUpperCaseAndPunctuationAtItsEnds) {
  EXPECT_EQ(folded_word("„Haus,"), "haus");
  EXPECT_EQ(folded_word("ÄRZTE!\""), "ärzte");
  EXPECT_EQ(folded_word("(don't)"), "don't");
  EXPECT_EQ(folded_word("p.m."), "p.m");
}

TEST(FoldedWord, KeepsWhatIsPunctuationAlone) {
  EXPECT_EQ(folded_word(","), ",");
  EXPECT_EQ(folded_word("..."), "...");
  EXPECT_EQ(folded_word("\u2581."), "\u2581.");  // a subword
  EXPECT_EQ(folded_word("$"), "$");
}

TEST(WordList, NumbersWordsAndFormsInTheOrderOfTheirFirstOccurrence) {
  WordList words(WordForm::folded);
  EXPECT_EQ(words.add("Das"), 0);
  EXPECT_EQ(words.add("das"), 1);
  EXPECT_EQ(words.add("Haus."), 2);
  EXPECT_EQ(words.add("Das"), 0);
  EXPECT_EQ(words.num_words(), 3);
  EXPECT_EQ(words.num_forms(), 2);
  EXPECT_EQ(words.form_of(0), words.form_of(1));
  EXPECT_EQ(words.form_of(2), 1);
  EXPECT_EQ(words.word(2), "Haus.");
}

TEST(WordList, HasAFormForEachWordWhenTheyAreExact) {
  WordList words(WordForm::exact);
  words.add("Das");
  words.add("das");
  EXPECT_EQ(words.num_forms(), 2);
}

}  // namespace
}  // namespace regard
