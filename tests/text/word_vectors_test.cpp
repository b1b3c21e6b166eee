#include "regard/text/word_vectors.h"

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

const std::vector<std::string> kVocabulary = {"the", "ä", ". .", "missing"};

WordVectors read_vectors(const std::string& text, std::int64_t width = 0) {
  const TextLines lines(text);
  return read_word_vectors(lines.reader("FILE", word_vector_lines()), kVocabulary, width);
}
std::string vector_error(const std::string& text, std::int64_t width = 0) {
  return user_error_of([&] { read_vectors(text, width); });
}

TEST(WordVectors, GloveHasNoHeader) {
  const WordVectors vectors = read_vectors("a 9 9\nthe 0.5 -1e-2\nä +3 4\n. . 5 6\nthe 7 8\n");
  EXPECT_EQ(vectors.width, 2);
  EXPECT_THAT(vectors.values, ElementsAre(0.5F, -0.01F, 3, 4, 5, 6, 0, 0));
  EXPECT_THAT(vectors.is_found, ElementsAre(true, true, true, false));
  EXPECT_EQ(vectors.num_found, 3);
  EXPECT_EQ(vectors.num_lines, 5);
  EXPECT_EQ(vectors.num_repeated, 1);
}

TEST(WordVectors, Word2vecHasAHeaderAndSpacesAtLineEnds) {
  const WordVectors vectors = read_vectors("2 3\nthe 1 2 3 \n\xFF\xFE 1 2 3 \n");
  EXPECT_EQ(vectors.width, 3);
  EXPECT_THAT(vectors.values, ElementsAre(1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(vectors.num_lines, 2);
}

TEST(WordVectors, NoWordOfTheVocabularyIsNoError) {
  const WordVectors vectors = read_vectors("a 1 2\n", 2);
  EXPECT_EQ(vectors.num_found, 0);
  EXPECT_THAT(vectors.values, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(WordVectors, MistakesAreNamedWithTheirLine) {
  EXPECT_EQ(vector_error("the 1 2\na 1\n"),
            "FILE:2: a word and 1 number, but vectors have width 2. Fix: give every word as many "
            "numbers.");
  EXPECT_THAT(vector_error("the 1 2\n", 3), HasSubstr("FILE:1: a word and 2 numbers"));
  EXPECT_THAT(vector_error("1 2\nthe 1 2\n", 3),
              HasSubstr("FILE:1: vectors of width 2, but 3 is wanted"));
  EXPECT_THAT(vector_error("the 1 x\n"), HasSubstr("FILE:1: 'x' is no finite number"));
  EXPECT_THAT(vector_error("the 1 nan\n"), HasSubstr("'nan' is no finite number"));
  EXPECT_THAT(vector_error("the 1 1e39\n"), HasSubstr("'1e39' is no finite number"));
  EXPECT_THAT(vector_error("the 1  2\n"), HasSubstr("'' is no finite number"));
  EXPECT_THAT(vector_error("the\n"), HasSubstr("FILE:1: vectors of width 0"));
  EXPECT_THAT(vector_error("a 1 2\n\n"), HasSubstr("FILE:2: a word and 0 numbers"));
  EXPECT_THAT(vector_error(" 1 2\n", 2), HasSubstr("FILE:1: the word is missing"));
  EXPECT_THAT(vector_error("3 2\nthe 1 2\na 1 2\n"),
              HasSubstr("FILE: the first line says 3 words, but there are 2"));
  EXPECT_THAT(vector_error("5 99999999\n"), HasSubstr("vectors of width 99999999"));
}

TEST(WordVectors, AFileWithoutVectorsIsRefused) {
  EXPECT_THAT(vector_error(""), HasSubstr("FILE: the file has no word vector"));
  EXPECT_THAT(vector_error("5 2\n"), HasSubstr("FILE: the file has no word vector"));
}

}  // namespace
}  // namespace regard
