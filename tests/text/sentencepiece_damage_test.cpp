#include <cstring>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/random.h"
#include "regard/core/utf8.h"
#include "regard/text/tokenizer.h"

#include "core/file_support.h"
#include "text/protobuf_fields.h"
#include "text/sample_text.h"
#include "text/sentencepiece_check.h"

namespace regard {
namespace {

using test::bytes_field;
using test::sample_tokenizer;
using test::varint;
using testing::HasSubstr;

/// A piece in the protobuf encoding of sentencepiece_model.proto.
std::string piece(const std::string& text, float score = -1.0F) {
  std::string score_bytes(sizeof score, '\0');
  std::memcpy(score_bytes.data(), &score, sizeof score);
  return bytes_field(1, bytes_field(1, text) + varint(2 << 3 | 5) + score_bytes);
}

/// "refused" with the message, or "loaded" after some text went through without harm.
std::string outcome(const std::string& bytes) {
  try {
    const Tokenizer tokenizer = Tokenizer::from_bytes(bytes, "evil.spm");
    for (const char* text : {"Hunde spielen", "\u65e5\u672c \uff21\ufb01 \u00bd", "", "<s>\x01"}) {
      const auto ids = tokenizer.encode(text);
      EXPECT_TRUE(is_valid_utf8(tokenizer.decode(ids)));
    }
    return "loaded";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("evil.spm: is not a usable SentencePiece model"));
    return std::string("refused: ") + error.what();
  }
}

class SentencePieceDamage : public testing::TestWithParam<VocabularyType> {
 protected:
  std::string good_ = sample_tokenizer(GetParam()).bytes();
};

TEST_P(SentencePieceDamage, TheWholeModelLoads) {
  EXPECT_EQ(outcome(good_), "loaded");
}

TEST_P(SentencePieceDamage, TruncatedFilesAreRefusedOrHarmless) {
  EXPECT_THAT(outcome(""), HasSubstr("contains no pieces"));
  RandomStream random(1);
  int refused = 0;
  constexpr int kRounds = 120;
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t length = static_cast<std::size_t>(random.below(good_.size()));
    refused += outcome(good_.substr(0, length)) != "loaded";
  }
  // A cut between two messages can give a model; such a one has another number of pieces or
  // settings.
  EXPECT_GT(refused, kRounds * 9 / 10);
}

TEST_P(SentencePieceDamage, AHugePieceIsRefused) {
  EXPECT_THAT(outcome(piece(std::string(150'000, 'a')) + good_), HasSubstr("150000 bytes"));
  EXPECT_THAT(outcome(good_ + piece(std::string(1025, 'a'))), HasSubstr("1025 bytes"));
}

TEST_P(SentencePieceDamage, OddPiecesAreRefused) {
  EXPECT_THAT(outcome(good_ + piece(std::string("a\0b", 3))), HasSubstr("NUL"));
  EXPECT_THAT(outcome(good_ + piece("")), HasSubstr("is empty"));
  EXPECT_THAT(outcome(good_ + piece("\xFF")), HasSubstr("not UTF-8"));
  EXPECT_THAT(outcome(good_ + piece("neu", std::numeric_limits<float>::quiet_NaN())),
              HasSubstr("not finite"));
  EXPECT_THAT(outcome(good_ + piece("<s>")), HasSubstr("occurs twice"));
}

TEST_P(SentencePieceDamage, ForeignFilesAreRefused) {
  EXPECT_THAT(outcome("just a text file\n"), HasSubstr("refused"));
  EXPECT_THAT(outcome(std::string(1000, '\0')), HasSubstr("refused"));
  EXPECT_THAT(outcome(std::string(1000, '\xFF')), HasSubstr("refused"));
}

TEST_P(SentencePieceDamage, FlippedBytesAreRefusedOrHarmless) {
  RandomStream random(2);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good_;
    const std::uint64_t flips = 1 + random.below(20);
    for (std::uint64_t i = 0; i < flips; ++i) {
      bytes[static_cast<std::size_t>(random.below(bytes.size()))] =
          static_cast<char>(random.below(256));
    }
    refused += outcome(bytes) != "loaded";
  }
  EXPECT_GT(refused, 0);
}

TEST_P(SentencePieceDamage, FlipsAmongThePiecesAreRefusedOrHarmless) {
  // The normalization table is nearly all of the file; the pieces come first.
  const std::size_t pieces = good_.find("nmt_nfkc");
  ASSERT_NE(pieces, std::string::npos);
  const std::size_t region = std::min<std::size_t>(pieces, 2500);
  RandomStream random(3);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good_;
    bytes[static_cast<std::size_t>(random.below(region))] = static_cast<char>(random.below(256));
    refused += outcome(bytes) != "loaded";
  }
  EXPECT_GT(refused, 50);
}

TEST_P(SentencePieceDamage, ABrokenNormalisationTableIsRefused) {
  std::string table = varint(0) + std::string(3, '\0');
  EXPECT_THAT(outcome(good_ + bytes_field(3, bytes_field(2, table))), HasSubstr("table"));
  // One unit that steps far outside.
  const std::string far_step =
      std::string("\x04\0\0\0", 4) + std::string("\0\xff\xff\x7f", 4) + '\0';
  EXPECT_THAT(outcome(good_ + bytes_field(3, bytes_field(2, far_step))), HasSubstr("table"));
}

TEST(SentencePieceCheck, ACycleInTheNormalisationTableIsRefused) {
  // 256 units: the root steps to itself for every byte equal to its label, so a text of that byte
  // never ends.
  std::string units(1024, '\0');
  const auto set = [&](std::size_t index, std::uint32_t unit) {
    std::memcpy(units.data() + 4 * index, &unit, 4);
  };
  set('a',
      0x61 | ('a' << 10));  // from position 'a', offset 'a': children at 0, label 'a' leads back
  const std::string table = std::string("\0\x04\0\0", 4) + units + '\0';
  const std::string model = piece("x") + bytes_field(3, bytes_field(2, table));
  EXPECT_THAT(sentencepiece_model_fault(model), HasSubstr("table"));
}

TEST(SentencePieceCheck, TextIsNeverReadAsAControlPiece) {
  const std::string control = varint(3 << 3) + varint(3);
  const std::string unknown = varint(3 << 3) + varint(2);
  const std::string bpe = varint(3 << 3) + varint(2);
  const std::string model = bytes_field(1, bytes_field(1, "<unk>") + unknown) +
                            bytes_field(1, bytes_field(1, "a") + control) + bytes_field(2, bpe);
  const Tokenizer tokenizer = Tokenizer::from_bytes(model, "evil.spm");
  EXPECT_NO_THROW(tokenizer.encode("b"));
  EXPECT_THROW(tokenizer.encode("a"), UserError);
}

TEST(SentencePieceCheck, AHugeFileIsRefusedUnread) {
  test::TemporaryFolder folder;
  test::spill(folder / "big.spm", "");
  std::filesystem::resize_file(folder / "big.spm", (std::uintmax_t{64} << 20) + 1);
  EXPECT_THROW(Tokenizer::load(folder / "big.spm"), UserError);
  EXPECT_THROW(Tokenizer::load(folder / "none.spm"), UserError);
  EXPECT_THROW(Tokenizer::load(folder.path()), UserError);
}

INSTANTIATE_TEST_SUITE_P(Types, SentencePieceDamage,
                         testing::Values(VocabularyType::bpe, VocabularyType::unigram),
                         [](const auto& type) {
                           return type.param == VocabularyType::bpe ? "Bpe" : "Unigram";
                         });

}  // namespace
}  // namespace regard
