#include "regard/text/words.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/sample_text.h"

namespace regard {
namespace {

using test::sample_sentences;
using test::sample_tokenizer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Ids = std::vector<std::int32_t>;
using Texts = std::vector<std::string>;
using Words = std::vector<std::int64_t>;

constexpr std::string_view kSpace = "\u2581";

Texts split_at_spaces(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// The words that the indices make of the subwords.
Texts joined(const Tokenizer& tokenizer, const Ids& ids, const Words& words) {
  Texts texts;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::string piece = tokenizer.piece(ids[i]);
    if (piece.starts_with(kSpace)) piece.erase(0, kSpace.size());
    texts.resize(std::max(texts.size(), static_cast<std::size_t>(words.at(i)) + 1));
    texts[static_cast<std::size_t>(words[i])] += piece;
  }
  return texts;
}

void expect_words_of_the_text(const Tokenizer& tokenizer, const Ids& ids) {
  const Words words = words_of_decoded(tokenizer, ids);
  ASSERT_THAT(words, SizeIs(ids.size()));
  ASSERT_TRUE(std::is_sorted(words.begin(), words.end()));
  const std::string text = tokenizer.decode(ids);
  ASSERT_EQ(joined(tokenizer, ids, words), split_at_spaces(text)) << text;
}

class WordsOf : public testing::TestWithParam<VocabularyType> {
 protected:
  Tokenizer tokenizer_ = sample_tokenizer(GetParam());
};

TEST_P(WordsOf, SentencesAreTheirTextSplitAtSpaces) {
  std::size_t cut_words = 0;
  for (const std::string& sentence : sample_sentences(500, 9)) {
    const Ids ids = tokenizer_.encode(sentence);
    ASSERT_FALSE(ids.empty());
    expect_words_of_the_text(tokenizer_, ids);
    const auto words = static_cast<std::int64_t>(split_at_spaces(sentence).size());
    EXPECT_EQ(words_of_decoded(tokenizer_, ids).back() + 1, words);
    cut_words += ids.size() > static_cast<std::size_t>(words);
  }
  EXPECT_GT(cut_words, 400u) << "every word was one subword";
}

TEST_P(WordsOf, SampledSegmentationsAreThoseOfTheText) {
  const auto lines = sample_sentences(200, 8);
  SamplingOptions options;
  options.alpha = 0.3;
  std::size_t lone_spaces = 0;
  for (const Ids& ids : tokenizer_.encode_sampled(lines, options, 3)) {
    expect_words_of_the_text(tokenizer_, ids);
    lone_spaces += std::count(ids.begin(), ids.end(), tokenizer_.id_of(kSpace)) > 0;
  }
  EXPECT_GT(lone_spaces, 0u);
}

TEST_P(WordsOf, AnySubwordsAreThoseOfTheText) {
  // What a model may say; 0 to 3 are the special ones.
  RandomStream random(6);
  const Ids lone_space = {tokenizer_.id_of(kSpace)};
  for (std::size_t round = 0; round < 1000; ++round) {
    Ids ids(1 + static_cast<std::size_t>(random.below(12)));
    for (auto& id : ids)
      id = static_cast<std::int32_t>(
          4 + random.below(static_cast<std::uint64_t>(tokenizer_.size() - 4)));
    // Some text, and spaces of their own within it.
    ids.front() = tokenizer_.encode("Ball").front();
    if (round % 3 == 0) ids.insert(ids.begin() + std::ssize(ids) / 2, 2, lone_space[0]);
    ASSERT_NO_FATAL_FAILURE(expect_words_of_the_text(tokenizer_, ids));
  }
}

TEST_P(WordsOf, NothingAreNone) {
  EXPECT_THAT(words_of_decoded(tokenizer_, Ids{}), IsEmpty());
}

TEST_P(WordsOf, ALoneSpaceBelongsToTheWordAfterIt) {
  const std::int32_t space = tokenizer_.id_of(kSpace);
  ASSERT_GT(space, 3);
  const std::int32_t letter = tokenizer_.id_of("a");
  ASSERT_GT(letter, 3);
  EXPECT_THAT(words_of_decoded(tokenizer_, Ids{space, letter, letter}), ElementsAre(0, 0, 0));
  EXPECT_THAT(words_of_decoded(tokenizer_, Ids{letter, space, letter}), ElementsAre(0, 1, 1));
  EXPECT_THAT(words_of_decoded(tokenizer_, Ids{letter, space, space, letter}),
              ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(words_of_decoded(tokenizer_, Ids{space, space, letter, letter}),
              ElementsAre(0, 0, 0, 0));
}

TEST_P(WordsOf, ASpaceAtTheEndIsNoWord) {
  const std::int32_t space = tokenizer_.id_of(kSpace);
  const std::int32_t letter = tokenizer_.id_of("a");
  EXPECT_THAT(words_of_decoded(tokenizer_, Ids{letter, space}), ElementsAre(0, 0));
  EXPECT_THAT(words_of_decoded(tokenizer_, Ids{letter, space, letter, space, space}),
              ElementsAre(0, 1, 1, 1, 1));
}

TEST_P(WordsOf, UnknownCharactersBelongToTheirWord) {
  const std::string text = "Hunde\u65e5 \u65e5\u672c spielen";
  const Ids ids = tokenizer_.encode(text);
  ASSERT_THAT(ids, testing::Contains(1));
  // In the text that is written an unknown piece is a sign with spaces around it.
  const Words words = words_of_decoded(tokenizer_, ids);
  ASSERT_THAT(words, SizeIs(ids.size()));
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
  EXPECT_EQ(words.front(), 0);
  EXPECT_EQ(words.back(), 3);
  EXPECT_THAT(split_at_spaces(tokenizer_.decode(ids)), SizeIs(4));
}

TEST_P(WordsOf, SubwordsOfSeveralWordsCountForTheirFirst) {
  TokenizerTraining training;
  training.type = GetParam();
  training.size = 160;
  training.user_symbols = {"\u2581New\u2581York", "Rio\u2581de"};
  training.next_sentence = test::source_of(sample_sentences(500));
  const Tokenizer tokenizer = train_tokenizer(training);
  const std::int32_t york = tokenizer.id_of("\u2581New\u2581York");
  const std::int32_t rio = tokenizer.id_of("Rio\u2581de");
  const std::int32_t letter = tokenizer.id_of("a");
  const std::int32_t space = tokenizer.id_of(kSpace);
  ASSERT_GT(std::min({york, rio, letter, space}), 3);
  EXPECT_THAT(words_of_decoded(tokenizer, Ids{york}), ElementsAre(0));
  EXPECT_THAT(words_of_decoded(tokenizer, Ids{york, letter, york}), ElementsAre(0, 1, 2));
  EXPECT_THAT(words_of_decoded(tokenizer, Ids{york, space, letter}), ElementsAre(0, 2, 2));
  EXPECT_THAT(words_of_decoded(tokenizer, Ids{letter, rio, letter}), ElementsAre(0, 0, 1));
  EXPECT_THAT(words_of_decoded(tokenizer, Ids{space, rio, rio, york}), ElementsAre(0, 0, 1, 3));
}

TEST_P(WordsOf, BytesBelongToTheirWord) {
  TokenizerTraining training;
  training.type = GetParam();
  training.size = 420;
  training.byte_fallback = true;
  training.next_sentence = test::source_of(sample_sentences(500));
  const Tokenizer tokenizer = train_tokenizer(training);
  const Ids ids = tokenizer.encode("Hunde\u65e5 \u65e5\u672c Ball");
  const Words words = words_of_decoded(tokenizer, ids);
  ASSERT_EQ(tokenizer.piece(ids.at(ids.size() / 2)).substr(0, 3), "<0x");
  const Ids first(ids.begin(),
                  std::upper_bound(words.begin(), words.end(), 0) - words.begin() + ids.begin());
  EXPECT_EQ(tokenizer.decode(first), "Hunde\u65e5");
  EXPECT_EQ(words.back(), 2);
  EXPECT_THAT(words, testing::Contains(1).Times(testing::Ge(6)));
}

/// Ids of a table with a language code before the tokenizer's own pieces.
Tokenizer with_code(const Tokenizer& tokenizer) {
  Texts pieces = {">>de<<"};
  for (std::int32_t id = 0; id < tokenizer.size(); ++id)
    pieces.push_back(tokenizer.piece(id));
  return Tokenizer::with_table(tokenizer, PieceTable::from_pieces(pieces, "codes"));
}

TEST_P(WordsOf, ALanguageCodeBelongsToTheWordThatItStandsIn) {
  const Tokenizer coded = with_code(tokenizer_);
  for (const std::string& sentence : sample_sentences(100, 9)) {
    const Words alone = words_of_text(coded, sentence);
    ASSERT_EQ(alone, words_of_text(tokenizer_, sentence));
    ASSERT_EQ(coded.encode(">>de<< " + sentence).at(0), 0);
    Words after = {0};
    for (const std::int64_t word : alone)
      after.push_back(word + 1);
    ASSERT_EQ(words_of_text(coded, ">>de<< " + sentence), after);
    Words within = {0};
    within.insert(within.end(), alone.begin(), alone.end());
    ASSERT_EQ(words_of_text(coded, ">>de<<" + sentence), within) << "no space, no word";
    ASSERT_EQ(words_of_decoded(coded, coded.encode(sentence)), alone);
  }
  const std::int32_t letter = coded.id_of("a");
  const std::int32_t space = coded.id_of(kSpace);
  ASSERT_GT(std::min(letter, space), 4);
  const Ids ids = {0, letter, letter, space, letter};
  ASSERT_EQ(coded.decode(ids), ">>de<<aa a");
  EXPECT_THAT(words_of_decoded(coded, ids), ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(words_of_decoded(coded, Ids{0}), ElementsAre(0));
}

/// Line and words: characters that normalization turns into spaces, or takes spaces from, are no
/// white space of the line.
TEST_P(WordsOf, LinesAreThoseOfTheLineNotOfTheNormalisedText) {
  for (const std::string line :
       {"L\u00b4Hund spielt", "Hunde\u200bBall spielt", "Hunde\u2581Ball \u2581 x", "\u00a8 Hunde",
        "  zwei\u3000Hunde \u00a0\t im\u2003Park ", "\uff28\uff55\uff4e\uff44 \u00bd", "a\u2028b",
        "\u3131\u314f Ball", "Ball", "x \u00b4", "\xff\xff zwei \xe3\x80"}) {
    const Ids ids = tokenizer_.encode(line);
    const Words words = words_of_text(tokenizer_, line);
    ASSERT_THAT(words, SizeIs(ids.size())) << line;
    ASSERT_FALSE(ids.empty()) << line;
    EXPECT_TRUE(std::is_sorted(words.begin(), words.end())) << line;
    EXPECT_EQ(words.front(), 0) << line;
    EXPECT_LT(words.back(), count_words(line)) << line;
  }
  EXPECT_EQ(count_words("L\u00b4Hund spielt"), 2);
  EXPECT_EQ(words_of_text(tokenizer_, "L\u00b4Hund spielt").back(), 1);
  EXPECT_EQ(count_words("Hunde\u200bBall spielt"), 2);
  EXPECT_EQ(count_words("Hunde\u2581Ball \u2581 x"), 3);
  EXPECT_EQ(words_of_text(tokenizer_, "Hunde\u2581Ball x").back(), 1);
  EXPECT_EQ(words_of_text(tokenizer_, "\u00a8 Hunde").back(), 1);
  EXPECT_EQ(count_words("  zwei\u3000Hunde \u00a0\t im\u2003Park "), 4);
  EXPECT_EQ(words_of_text(tokenizer_, "  zwei\u3000Hunde \u00a0\t im\u2003Park ").back(), 3);
}

TEST_P(WordsOf, SentencesAreTheLineSplitAtSpaces) {
  for (const std::string& sentence : sample_sentences(300, 11)) {
    const Ids ids = tokenizer_.encode(sentence);
    ASSERT_EQ(words_of_text(tokenizer_, sentence), words_of_decoded(tokenizer_, ids)) << sentence;
    ASSERT_EQ(words_of_text(tokenizer_, sentence).back() + 1, count_words(sentence));
  }
}

TEST_P(WordsOf, TextsWithoutWordsHaveNone) {
  const Ids spaces = {tokenizer_.id_of(kSpace), tokenizer_.id_of(kSpace)};
  EXPECT_THAT(words_of_decoded(tokenizer_, spaces), ElementsAre(-1, -1));
  EXPECT_THAT(words_of_text(tokenizer_, "\u3000 "), IsEmpty());
  EXPECT_EQ(count_words("\u3000 \t"), 0);
  EXPECT_EQ(count_words(""), 0);
}

TEST(Words, ArePartedByWhiteSpaceOfAllKinds) {
  EXPECT_THAT(split_words(" a\u00a0b\tc\u3000\u3000d\x1f"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(split_words("a\u200bb\u2581c\ufeff\u2060"), SizeIs(1));
  EXPECT_THAT(split_words("\n"), IsEmpty());
  EXPECT_EQ(without_spaces("\u2581a b\u3000c"), "\u2581a\u2581b\u2581c");
}

TEST(Words, OfAPartAreThoseItsTextBeginsIn) {
  const std::string text = " ab c  ";
  const std::vector<ByteRange> parts = {{0, 0}, {0, 1}, {1, 2}, {2, 2}, {2, 5},
                                        {3, 4}, {4, 5}, {5, 6}, {7, 7}};
  EXPECT_THAT(words_at(text, parts), ElementsAre(0, 0, 0, 0, 0, 1, 1, 1, 1));
  EXPECT_THAT(words_at(" ", std::vector<ByteRange>{{0, 1}}), ElementsAre(-1));
  EXPECT_THAT(words_at("", {}), IsEmpty());
}

/// Ids of a table with a piece that texts are cut at.
Tokenizer words_with_added(const Tokenizer& tokenizer) {
  Texts pieces;
  for (std::int32_t id = 0; id < tokenizer.size(); ++id)
    pieces.push_back(tokenizer.piece(id));
  pieces.emplace_back("<br>");
  return Tokenizer::with_table(tokenizer,
                               PieceTable::from_pieces(pieces, "added", {tokenizer.size()}));
}

TEST_P(WordsOf, AnAddedPieceBelongsToTheWordThatItStandsIn) {
  const Tokenizer added = words_with_added(tokenizer_);
  const std::string line = "zwei<br>Hunde <br> Ball";
  const Ids ids = added.encode(line);
  ASSERT_EQ(std::count(ids.begin(), ids.end(), tokenizer_.size()), 2);
  const Words words = words_of_text(added, line);
  ASSERT_THAT(words, SizeIs(ids.size()));
  const auto word_at = [&](std::size_t place) { return words.at(place); };
  const auto first =
      static_cast<std::size_t>(std::find(ids.begin(), ids.end(), tokenizer_.size()) - ids.begin());
  const auto second =
      static_cast<std::size_t>(std::find(ids.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                                         ids.end(), tokenizer_.size()) -
                               ids.begin());
  EXPECT_EQ(word_at(first), 0);
  EXPECT_EQ(word_at(first + 1), 0) << "no space, no word";
  EXPECT_EQ(word_at(second), 1);
  EXPECT_EQ(words.back(), 2);
}

TEST_P(WordsOf, PartsOfALineAreItsBytesInOrder) {
  for (const Tokenizer& tokenizer :
       {tokenizer_, with_code(tokenizer_), words_with_added(tokenizer_)}) {
    for (const std::string line : {"  zwei  Hunde", "L\u00b4Hund \u65e5\u672c \u00bd x",
                                   ">>de<< Ball", "\u0130stanbul \ufb01x", "a<br>b <br>", ""}) {
      const auto ranges = tokenizer.encode_ranges(line);
      ASSERT_THAT(ranges, SizeIs(tokenizer.encode(line).size())) << line;
      std::size_t at = 0;
      for (const ByteRange& range : ranges) {
        EXPECT_GE(range.begin, at) << line;
        EXPECT_GE(range.end, range.begin) << line;
        at = range.end;
      }
      EXPECT_LE(at, line.size());
    }
  }
}

TEST_P(WordsOf, PartsOfATranslationAreItsText) {
  RandomStream random(3);
  for (const Tokenizer& tokenizer : {tokenizer_, with_code(tokenizer_)}) {
    for (int round = 0; round < 300; ++round) {
      Ids ids(1 + static_cast<std::size_t>(random.below(9)));
      for (auto& id : ids)
        id = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(tokenizer.size())));
      std::string text;
      const std::vector<std::string> parts = tokenizer.decode_parts(ids);
      ASSERT_THAT(parts, SizeIs(ids.size()));
      for (const std::string& part : parts)
        text += part;
      const std::string whole = tokenizer.decode(ids);
      ASSERT_EQ(split_words(text), split_words(whole));
    }
  }
}

TEST_P(WordsOf, IdsOutsideTheVocabularyAreRefused) {
  EXPECT_THROW(words_of_decoded(tokenizer_, Ids{tokenizer_.size()}), std::out_of_range);
}

INSTANTIATE_TEST_SUITE_P(Types, WordsOf,
                         testing::Values(VocabularyType::bpe, VocabularyType::unigram),
                         [](const auto& type) {
                           return type.param == VocabularyType::bpe ? "Bpe" : "Unigram";
                         });

}  // namespace
}  // namespace regard
