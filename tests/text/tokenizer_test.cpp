#include "regard/text/tokenizer.h"

#include <set>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/utf8.h"

#include "core/file_support.h"
#include "text/sample_text.h"

namespace regard {
namespace {

using test::sample_sentences;
using test::sample_tokenizer;
using testing::HasSubstr;

using Ids = std::vector<std::int32_t>;

class TokenizerOf : public testing::TestWithParam<VocabularyType> {
 protected:
  Tokenizer tokenizer_ = sample_tokenizer(GetParam());
};

TEST_P(TokenizerOf, DecodeUndoesEncode) {
  for (const std::string& sentence : sample_sentences(500, 9)) {
    const Ids ids = tokenizer_.encode(sentence);
    ASSERT_FALSE(ids.empty());
    ASSERT_EQ(tokenizer_.decode(ids), sentence);
    ASSERT_EQ(tokenizer_.decode_pieces(tokenizer_.encode_pieces(sentence)), sentence);
  }
}

TEST_P(TokenizerOf, PiecesAndIdsAgree) {
  const std::string text = "zwei Hunde spielen";
  const Ids ids = tokenizer_.encode(text);
  const auto pieces = tokenizer_.encode_pieces(text);
  ASSERT_EQ(ids.size(), pieces.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(tokenizer_.piece(ids[i]), pieces[i]);
    EXPECT_EQ(tokenizer_.id_of(pieces[i]), ids[i]);
  }
  EXPECT_EQ(tokenizer_.id_of("gibt es nicht"), tokenizer_.special_ids().unknown);
}

TEST_P(TokenizerOf, BlankTextHasNoSubwords) {
  for (const char* text : {"", " ", "\t \t", "\u00a0", "\u3000"}) {
    EXPECT_TRUE(tokenizer_.encode(text).empty()) << text;
  }
  EXPECT_EQ(tokenizer_.decode(Ids{}), "");
}

TEST_P(TokenizerOf, NamesOfSpecialPiecesAreText) {
  const SpecialIds special = tokenizer_.special_ids();
  for (const char* text : {"<s>", "</s>", "<pad>", "<s> Hunde </s>", "Hunde<pad>Hunde", "\u2581"}) {
    const Ids ids = tokenizer_.encode(text);
    EXPECT_THAT(ids, testing::Not(testing::Contains(special.pad))) << text;
    EXPECT_THAT(ids, testing::Not(testing::Contains(special.start))) << text;
    EXPECT_THAT(ids, testing::Not(testing::Contains(special.end))) << text;
  }
}

TEST_P(TokenizerOf, DecodingGivesNothingForControlIdsAndAMarkForUnknown) {
  const Ids hunde = tokenizer_.encode("Hunde");
  Ids ids = {0, 2};
  ids.insert(ids.end(), hunde.begin(), hunde.end());
  ids.push_back(3);
  EXPECT_EQ(tokenizer_.decode(ids), "Hunde");
  EXPECT_EQ(tokenizer_.decode(Ids{1}), " \u2047 ");
}

TEST_P(TokenizerOf, RefusesIdsOutsideTheVocabulary) {
  EXPECT_THROW(tokenizer_.decode(Ids{tokenizer_.size()}), std::out_of_range);
  EXPECT_THROW(tokenizer_.decode(Ids{-1}), std::out_of_range);
  EXPECT_THROW(tokenizer_.piece(-1), std::out_of_range);
}

TEST_P(TokenizerOf, AnyBytesGiveValidUtf8OnOneLine) {
  RandomStream random(5);
  for (int round = 0; round < 300; ++round) {
    std::string bytes(1 + static_cast<std::size_t>(random.below(60)), '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(random.below(256));
    const std::string text = tokenizer_.decode(tokenizer_.encode(bytes));
    ASSERT_TRUE(is_valid_utf8(text));
    ASSERT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST_P(TokenizerOf, AnyIdsGiveValidUtf8) {
  RandomStream random(6);
  for (int round = 0; round < 300; ++round) {
    Ids ids(30);
    for (auto& id : ids) {
      id = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(tokenizer_.size())));
    }
    ASSERT_TRUE(is_valid_utf8(tokenizer_.decode(ids)));
  }
}

TEST_P(TokenizerOf, AFileGivesTheSameTokenizer) {
  test::TemporaryFolder folder;
  test::spill(folder / "a.spm", tokenizer_.bytes());
  const Tokenizer loaded = Tokenizer::load(folder / "a.spm");
  EXPECT_EQ(loaded.fingerprint(), tokenizer_.fingerprint());
  EXPECT_EQ(loaded.special_ids(), tokenizer_.special_ids());
  EXPECT_EQ(loaded.encode("Zwei Hunde"), tokenizer_.encode("Zwei Hunde"));
}

TEST_P(TokenizerOf, ThreadsGetTheSameSubwords) {
  const auto sentences = sample_sentences(300, 4);
  const auto encode_all = [&](std::vector<Ids>& all) {
    for (const std::string& sentence : sentences)
      all.push_back(tokenizer_.encode(sentence));
  };
  std::vector<Ids> here;
  std::vector<Ids> there;
  std::thread other(encode_all, std::ref(there));
  encode_all(here);
  other.join();
  ASSERT_EQ(here.size(), sentences.size());
  EXPECT_EQ(here, there);
}

TEST_P(TokenizerOf, SamplingIsAFunctionOfTheSeed) {
  const auto lines = sample_sentences(200, 8);
  SamplingOptions options;
  options.alpha = 0.2;
  const auto first = tokenizer_.encode_sampled(lines, options, 1);
  ASSERT_EQ(first.size(), lines.size());
  // Draws on this thread in between must not matter.
  const auto other = tokenizer_.encode_sampled(lines, options, 2);
  EXPECT_EQ(first, tokenizer_.encode_sampled(lines, options, 1));
  EXPECT_NE(first, other);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ASSERT_EQ(tokenizer_.decode(first[i]), lines[i]);
    changed += first[i] != tokenizer_.encode(lines[i]);
  }
  EXPECT_GT(changed, lines.size() / 4);
}

TEST_P(TokenizerOf, SamplingIsTheSameFromSeveralThreads) {
  const auto lines = sample_sentences(200, 8);
  SamplingOptions options;
  options.alpha = 0.2;
  const auto expected = tokenizer_.encode_sampled(lines, options, 11);
  std::vector<std::vector<std::vector<std::int32_t>>> found(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < found.size(); ++t) {
    threads.emplace_back(
        [&, t] { found[t] = tokenizer_.encode_sampled(lines, options, 11 + t % 2); });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(found[0], expected);
  EXPECT_EQ(found[2], expected);
  EXPECT_NE(found[1], expected);
  EXPECT_EQ(found[1], found[3]);
}

TEST_P(TokenizerOf, SamplingOffIsEncode) {
  const auto lines = sample_sentences(50, 8);
  const auto sampled = tokenizer_.encode_sampled(lines, SamplingOptions{}, 1);
  ASSERT_EQ(sampled.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_EQ(sampled[i], tokenizer_.encode(lines[i]));
}

INSTANTIATE_TEST_SUITE_P(Types, TokenizerOf,
                         testing::Values(VocabularyType::bpe, VocabularyType::unigram),
                         [](const auto& type) {
                           return type.param == VocabularyType::bpe ? "Bpe" : "Unigram";
                         });

TEST(CutForEncoding, KeepsCharactersWhole) {
  EXPECT_EQ(cut_for_encoding("abc", 10), "abc");
  EXPECT_EQ(cut_for_encoding("ab\u00e4c", 3), "ab");
  EXPECT_EQ(cut_for_encoding("ab\u00e4c", 4), "ab\u00e4");
}

TEST(CutForEncoding, BoundsTheTimeOfUnknownCharacters) {
  const Tokenizer tokenizer = sample_tokenizer();
  std::string line;
  for (int i = 0; i < 100'000; ++i)
    line += "\u65e5";
  const auto ids = tokenizer.encode(cut_for_encoding(line));
  EXPECT_FALSE(ids.empty());
  EXPECT_LE(ids.size(), 16384u);
}

}  // namespace
}  // namespace regard
