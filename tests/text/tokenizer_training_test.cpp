#include "regard/text/tokenizer_training.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/random.h"

#include "text/sample_text.h"

namespace regard {
namespace {

using test::sample_sentences;
using test::source_of;
using testing::HasSubstr;

class TokenizerTrainingOf : public testing::TestWithParam<VocabularyType> {
 protected:
  static TokenizerTraining training(std::int64_t size, std::vector<std::string> sentences) {
    TokenizerTraining made;
    made.type = GetParam();
    made.size = size;
    made.name = "data/train.de";
    made.next_sentence = source_of(std::move(sentences));
    return made;
  }

  static std::string message_of(const TokenizerTraining& asked) {
    try {
      train_tokenizer(asked);
    } catch (const UserError& error) {
      return error.what();
    }
    return "no UserError";
  }
};

/// Words of random letters, so that there are many pieces to learn.
std::vector<std::string> distinct_sentences(int count) {
  RandomStream random(5);
  std::vector<std::string> sentences;
  for (int i = 0; i < count; ++i) {
    std::string sentence;
    for (int letter = 0; letter < 60; ++letter)
      sentence += letter % 8 == 7 ? ' ' : static_cast<char>('a' + random.below(26));
    sentences.push_back(sentence);
  }
  return sentences;
}

TEST(UsualVocabularySize, GrowsWithTheSentences) {
  EXPECT_EQ(usual_vocabulary_size(300), 1000);
  EXPECT_EQ(usual_vocabulary_size(20'000), 5000);
  EXPECT_EQ(usual_vocabulary_size(1'000'000), 21'000);
  EXPECT_EQ(usual_vocabulary_size(4'500'000), 37'000);
  EXPECT_EQ(usual_vocabulary_size(1'000'000'000), 50'000);
  EXPECT_EQ(usual_vocabulary_size(1), 130);
}

TEST_P(TokenizerTrainingOf, GivesTheSpecialIdsAndTheSizeOfTheContract) {
  const Tokenizer tokenizer = train_tokenizer(training(150, sample_sentences(500)));
  EXPECT_EQ(tokenizer.size(), 150);
  EXPECT_EQ(tokenizer.special_ids(), (SpecialIds{0, 1, 2, 3}));
  EXPECT_EQ(tokenizer.piece(0), "<pad>");
  EXPECT_EQ(tokenizer.piece(1), "<unk>");
  EXPECT_EQ(tokenizer.piece(2), "<s>");
  EXPECT_EQ(tokenizer.piece(3), "</s>");
}

TEST_P(TokenizerTrainingOf, TwiceGivesTheSameBytes) {
  const Tokenizer first = train_tokenizer(training(150, sample_sentences(500)));
  const Tokenizer second = train_tokenizer(training(150, sample_sentences(500)));
  EXPECT_EQ(first.bytes(), second.bytes());
  EXPECT_EQ(first.fingerprint(), second.fingerprint());
  const Tokenizer other = train_tokenizer(training(150, sample_sentences(500, 2)));
  EXPECT_NE(first.fingerprint(), other.fingerprint());
}

TEST_P(TokenizerTrainingOf, PrintsNothing) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  train_tokenizer(training(150, sample_sentences(500)));
  message_of(training(100'000, sample_sentences(500)));
  message_of(training(20, sample_sentences(500)));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_P(TokenizerTrainingOf, NamesTheLargestPossibleSize) {
  const std::string message = message_of(training(5000, sample_sentences(200)));
  EXPECT_THAT(message, HasSubstr("data/train.de: the text is too small for a vocabulary of 5000"));
  const std::string words = "200 sentences allow at most ";
  ASSERT_THAT(message, HasSubstr(words));
  const auto largest = std::stoll(message.substr(message.find(words) + words.size()));
  const auto suited = std::min(largest, 900LL);
  EXPECT_THAT(message, HasSubstr("Fix: set vocabulary.size: auto, or about " +
                                 std::to_string(suited) + "."));
  EXPECT_EQ(train_tokenizer(training(largest, sample_sentences(200))).size(), largest);
}

TEST_P(TokenizerTrainingOf, NamesTheSizeThatTheCharactersNeed) {
  const std::string message = message_of(training(20, sample_sentences(200)));
  const std::string words = "need a vocabulary of ";
  ASSERT_THAT(message, HasSubstr(words));
  const auto needed = std::stoll(message.substr(message.find(words) + words.size()));
  EXPECT_EQ(train_tokenizer(training(needed, sample_sentences(200))).size(), needed);
}

TEST_P(TokenizerTrainingOf, MessagesNameTheKeyOfTheSize) {
  TokenizerTraining asked = training(5000, sample_sentences(200));
  asked.size_key = "vocabulary.target_size";
  EXPECT_THAT(message_of(asked), HasSubstr("Fix: set vocabulary.target_size: auto, or about "));
}

TEST_P(TokenizerTrainingOf, AutoIsTheUsualSizeOrWhatTheTextAllows) {
  const Tokenizer usual = train_tokenizer(training(0, distinct_sentences(300)));
  EXPECT_EQ(usual.size(), usual_vocabulary_size(300));
  TokenizerTraining of_two = training(0, distinct_sentences(300));
  of_two.languages = 2;
  EXPECT_EQ(train_tokenizer(of_two).size(), usual_vocabulary_size(150));
  TokenizerTraining sampled = training(0, distinct_sentences(300));
  sampled.max_sentences = 100;
  EXPECT_EQ(train_tokenizer(sampled).size(), usual_vocabulary_size(300));
  // What is found is the same as where that size is given.
  const Tokenizer few = train_tokenizer(training(0, sample_sentences(40, 9)));
  EXPECT_EQ(few.bytes(), train_tokenizer(training(few.size(), sample_sentences(40, 9))).bytes());
  // An alphabet of two.
  const Tokenizer codes = train_tokenizer(training(0, std::vector<std::string>(300, "0 1 1 0")));
  EXPECT_LT(codes.size(), 10);
  EXPECT_EQ(codes.decode(codes.encode("1 0 0")), "1 0 0");
}

TEST_P(TokenizerTrainingOf, AutoMakesRoomForManyCharacters) {
  std::vector<std::string> sentences;
  for (char32_t c = 0x4e00; c < 0x4e00 + 900; c += 3) {
    std::string sentence;
    for (char32_t i = c; i < c + 3; ++i) {
      sentence += static_cast<char>(0xe0 | i >> 12);
      sentence += static_cast<char>(0x80 | (i >> 6 & 0x3f));
      sentence += static_cast<char>(0x80 | (i & 0x3f));
    }
    sentences.insert(sentences.end(), 3, sentence);
  }
  sentences.resize(300);
  const Tokenizer tokenizer = train_tokenizer(training(0, sentences));
  EXPECT_GT(tokenizer.size(), 300);
  for (const std::string& sentence : sentences)
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(sentence)), sentence);
}

TEST_P(TokenizerTrainingOf, AnEmptyTextIsAnError) {
  EXPECT_THAT(message_of(training(100, {})), HasSubstr("data/train.de: contains no text"));
  EXPECT_THAT(message_of(training(100, {"", " ", "\t"})), HasSubstr("contains no text"));
  EXPECT_THAT(message_of(training(4, sample_sentences(200))), HasSubstr("vocabulary.size"));
}

TEST_P(TokenizerTrainingOf, UserSymbolsStayOnePiece) {
  TokenizerTraining asked = training(170, sample_sentences(500));
  asked.user_symbols = {">>de<<", "a,b", "\"zitiert\""};
  const Tokenizer tokenizer = train_tokenizer(asked);
  for (const std::string& symbol : asked.user_symbols) {
    const auto pieces = tokenizer.encode_pieces(symbol + " Hunde");
    EXPECT_THAT(pieces, testing::Contains(symbol));
  }
  asked.user_symbols = {"<s>"};
  EXPECT_THAT(message_of(asked), HasSubstr("vocabulary.user_symbols"));
}

TEST_P(TokenizerTrainingOf, ByteFallbackLeavesNothingUnknown) {
  TokenizerTraining asked = training(420, sample_sentences(500));
  asked.byte_fallback = true;
  const Tokenizer tokenizer = train_tokenizer(asked);
  const std::string text = "Hunde \u65e5\u672c \U0001F600";
  EXPECT_THAT(tokenizer.encode(text), testing::Not(testing::Contains(1)));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
}

TEST_P(TokenizerTrainingOf, OddSentencesDoNoHarm) {
  std::vector<std::string> sentences = sample_sentences(500);
  sentences.push_back(std::string("a\0b", 3));
  sentences.push_back("kaputt \xFF\xFE");
  sentences.push_back("<s> <unk> </s> <pad> \u2581 \u2585 \u2047 \t");
  sentences.push_back(std::string(100'000, 'x'));
  sentences.push_back("a\u2028b\nc");
  const Tokenizer tokenizer = train_tokenizer(training(200, sentences));
  EXPECT_EQ(tokenizer.size(), 200);
  EXPECT_EQ(tokenizer.special_ids(), (SpecialIds{0, 1, 2, 3}));
}

TEST_P(TokenizerTrainingOf, ASampleOfALongInputIsTheSameEachTime) {
  TokenizerTraining asked = training(120, sample_sentences(3000));
  asked.max_sentences = 300;
  const Tokenizer first = train_tokenizer(asked);
  asked.next_sentence = source_of(sample_sentences(3000));
  EXPECT_EQ(first.bytes(), train_tokenizer(asked).bytes());
  const Tokenizer of_start = train_tokenizer(training(120, sample_sentences(300)));
  EXPECT_NE(first.bytes(), of_start.bytes());
}

INSTANTIATE_TEST_SUITE_P(Types, TokenizerTrainingOf,
                         testing::Values(VocabularyType::bpe, VocabularyType::unigram),
                         [](const auto& type) {
                           return type.param == VocabularyType::bpe ? "Bpe" : "Unigram";
                         });

}  // namespace
}  // namespace regard
