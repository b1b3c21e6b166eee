#include "regard/text/subword_type.h"

#include <gtest/gtest.h>

#include "regard/text/tokenizer_training.h"

namespace regard {
namespace {

Tokenizer trained_type(VocabularyType type) {
  TokenizerTraining training;
  training.size = 20;
  training.type = type;
  int lines = 0;
  training.next_sentence = [&lines](std::string& line) {
    line = "the red house stands here and it is old";
    return lines++ < 50;
  };
  return train_tokenizer(training);
}

TEST(SubwordType, IsReadFromTheModel) {
  EXPECT_EQ(subword_type(trained_type(VocabularyType::bpe).bytes()), "bpe");
  EXPECT_EQ(subword_type(trained_type(VocabularyType::unigram).bytes()), "unigram");
}

TEST(SubwordType, OfOtherBytesIsNotKnown) {
  EXPECT_EQ(subword_type(""), "");
  EXPECT_EQ(subword_type("no model at all"), "");
  EXPECT_EQ(subword_type(std::string(1000, '\xff')), "");
  EXPECT_EQ(subword_type(std::string("\x12\x7f\x18\x02", 4)), "") << "a size beyond the end";
}

}  // namespace
}  // namespace regard
