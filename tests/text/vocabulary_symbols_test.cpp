#include "regard/text/vocabulary_symbols.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/text/piece_table.h"

#include "text/sample_text.h"

namespace regard {
namespace {

using test::sample_sentences;
using test::sample_tokenizer;

class VocabularySymbols : public testing::TestWithParam<VocabularyType> {
 protected:
  Tokenizer plain_ = sample_tokenizer(GetParam());
};

TEST_P(VocabularySymbols, BecomePiecesBehindTheOthers) {
  ASSERT_FALSE(is_one_piece(plain_, "<MED>"));
  const Tokenizer more = with_symbols(plain_, {"<MED>", ">>de<<"});
  ASSERT_EQ(more.size(), plain_.size() + 2);
  for (std::int32_t id = 0; id < plain_.size(); ++id)
    ASSERT_EQ(more.piece(id), plain_.piece(id));
  EXPECT_EQ(more.id_of("<MED>"), plain_.size());
  EXPECT_EQ(more.special_ids(), plain_.special_ids());
  EXPECT_TRUE(is_one_piece(more, "<MED>"));
  EXPECT_TRUE(is_one_piece(more, ">>de<<"));
  EXPECT_NE(more.fingerprint(), plain_.fingerprint());
  std::vector<std::string> pieces = more.encode_pieces("<MED> Hunde");
  ASSERT_GE(pieces.size(), 2u);
  EXPECT_EQ(pieces[1], "<MED>");
  EXPECT_EQ(more.decode(more.encode("<MED> Hunde")), "<MED> Hunde");
  for (const std::string& sentence : sample_sentences(50))
    ASSERT_EQ(more.encode(sentence), plain_.encode(sentence));
}

TEST_P(VocabularySymbols, ThatAreOnePieceAlreadyChangeNothing) {
  const Tokenizer once = with_symbols(plain_, {"<MED>"});
  EXPECT_EQ(with_symbols(once, {"<MED>"}).bytes(), once.bytes());
  EXPECT_EQ(with_symbols(plain_, {}).bytes(), plain_.bytes());
}

TEST_P(VocabularySymbols, UnknownCharactersAreNoPiece) {
  EXPECT_FALSE(is_one_piece(plain_, "\u65e5"));
  EXPECT_FALSE(is_one_piece(plain_, "<unk>"));
}

TEST_P(VocabularySymbols, AreAddedToATableToo) {
  std::vector<std::string> pieces = {"</s>", "<unk>", ">>fr<<"};
  for (std::int32_t id = 4; id < plain_.size(); ++id)
    pieces.push_back(plain_.piece(id));
  pieces.push_back("<pad>");
  const Tokenizer table =
      Tokenizer::with_table(plain_, PieceTable::from_pieces(pieces, "vocab.json"));
  EXPECT_TRUE(is_one_piece(table, ">>fr<<"));
  EXPECT_FALSE(is_one_piece(table, ">>de<<"));
  const Tokenizer more = with_symbols(table, {">>fr<<", ">>de<<", "<MED>"});
  ASSERT_EQ(more.size(), table.size() + 2);
  for (std::int32_t id = 0; id < table.size(); ++id)
    ASSERT_EQ(more.piece(id), table.piece(id));
  EXPECT_EQ(more.special_ids(), table.special_ids());
  EXPECT_TRUE(is_one_piece(more, ">>de<<"));
  EXPECT_TRUE(is_one_piece(more, "<MED>"));
  EXPECT_EQ(more.encode(">>de<< Hunde").front(), table.size());
  for (const std::string& sentence : sample_sentences(50))
    ASSERT_EQ(more.encode(sentence), table.encode(sentence));
}

INSTANTIATE_TEST_SUITE_P(Types, VocabularySymbols,
                         testing::Values(VocabularyType::bpe, VocabularyType::unigram),
                         [](const auto& type) {
                           return type.param == VocabularyType::bpe ? "Bpe" : "Unigram";
                         });

}  // namespace
}  // namespace regard
