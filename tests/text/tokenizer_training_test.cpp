#include "regard/text/tokenizer_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

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
  const std::string words = "set vocabulary.size to at most ";
  ASSERT_THAT(message, HasSubstr(words));
  const auto largest = std::stoll(message.substr(message.find(words) + words.size()));
  EXPECT_EQ(train_tokenizer(training(largest, sample_sentences(200))).size(), largest);
}

TEST_P(TokenizerTrainingOf, NamesTheSizeThatTheCharactersNeed) {
  const std::string message = message_of(training(20, sample_sentences(200)));
  const std::string words = "need a vocabulary of ";
  ASSERT_THAT(message, HasSubstr(words));
  const auto needed = std::stoll(message.substr(message.find(words) + words.size()));
  EXPECT_EQ(train_tokenizer(training(needed, sample_sentences(200))).size(), needed);
}

TEST_P(TokenizerTrainingOf, AnEmptyTextIsAnError) {
  EXPECT_THAT(message_of(training(100, {})), HasSubstr("data/train.de: holds no text"));
  EXPECT_THAT(message_of(training(100, {"", " ", "\t"})), HasSubstr("holds no text"));
  EXPECT_THAT(message_of(training(0, sample_sentences(200))), HasSubstr("vocabulary.size"));
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
