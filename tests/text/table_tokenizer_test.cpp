#include <algorithm>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/text/language_codes.h"
#include "regard/text/piece_table.h"
#include "regard/text/tokenizer.h"

#include "text/sample_text.h"

namespace regard {
namespace {

using test::sample_sentences;
using test::sample_tokenizer;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Ids = std::vector<std::int32_t>;
using Pieces = std::vector<std::string>;

Pieces pieces_of(const Tokenizer& tokenizer) {
  Pieces pieces;
  for (std::int32_t id = 0; id < tokenizer.size(); ++id)
    pieces.push_back(tokenizer.piece(id));
  return pieces;
}

Tokenizer with_pieces(const Tokenizer& segmenter, Pieces pieces) {
  return Tokenizer::with_table(segmenter, PieceTable::from_pieces(std::move(pieces), "v.json"));
}

/// As models of Marian have them: </s> and <unk> first, the others mixed, codes among them, <pad>
/// last.
Pieces mixed(Pieces pieces) {
  std::erase_if(pieces, [](const std::string& piece) {
    return piece == "<pad>" || piece == "<unk>" || piece == "<s>" || piece == "</s>";
  });
  RandomStream random(3);
  for (std::size_t i = pieces.size(); i > 1; --i)
    std::swap(pieces[i - 1], pieces[static_cast<std::size_t>(random.below(i))]);
  pieces.insert(pieces.begin(), {"</s>", "<unk>"});
  pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(pieces.size() / 2), ">>de<<");
  pieces.push_back("<pad>");
  return pieces;
}

class TableTokenizer : public testing::TestWithParam<VocabularyType> {
 protected:
  Tokenizer plain_ = sample_tokenizer(GetParam());
  Tokenizer same_ = with_pieces(plain_, pieces_of(plain_));
  Tokenizer mixed_ = with_pieces(plain_, mixed(pieces_of(plain_)));
  std::int32_t unknown_ = mixed_.special_ids().unknown;
  std::int32_t code_ = mixed_.id_of(">>de<<");
};

TEST_P(TableTokenizer, SentencePieceOrderChangesNothing) {
  ASSERT_EQ(plain_.table(), nullptr);
  ASSERT_NE(same_.table(), nullptr);
  EXPECT_EQ(same_.size(), plain_.size());
  EXPECT_EQ(same_.special_ids(), plain_.special_ids());
  EXPECT_EQ(same_.bytes(), plain_.bytes());
  auto lines = sample_sentences(300, 9);
  lines.insert(lines.end(),
               {"", " ", "Hunde\u65e5\u672cHunde", "<unk> </s>", "\xff Hunde", "\u2581"});
  for (const std::string& line : lines) {
    const Ids ids = plain_.encode(line);
    ASSERT_EQ(same_.encode(line), ids);
    ASSERT_EQ(same_.encode_pieces(line), plain_.encode_pieces(line));
    // Marks of unknown pieces have spaces around them, at the ends of a text too.
    ASSERT_EQ(same_.decode(ids), trim(plain_.decode(ids)));
    ASSERT_EQ(same_.decode_pieces(same_.encode_pieces(line)),
              trim(plain_.decode_pieces(plain_.encode_pieces(line))));
  }
}

TEST_P(TableTokenizer, MixedIdsAreTheSamePieces) {
  std::size_t other_ids = 0;
  for (const std::string& line : sample_sentences(300, 9)) {
    const Ids ids = mixed_.encode(line);
    const Pieces pieces = mixed_.encode_pieces(line);
    ASSERT_EQ(pieces, plain_.encode_pieces(line));
    ASSERT_EQ(ids.size(), pieces.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      ASSERT_EQ(mixed_.piece(ids[i]), pieces[i]);
      ASSERT_EQ(mixed_.id_of(pieces[i]), ids[i]);
    }
    other_ids += ids != plain_.encode(line);
    ASSERT_EQ(mixed_.decode(ids), line);
    ASSERT_EQ(mixed_.decode_pieces(pieces), line);
  }
  EXPECT_EQ(other_ids, 300u);
  EXPECT_EQ(mixed_.special_ids(),
            (SpecialIds{.pad = mixed_.size() - 1, .unknown = 1, .start = -1, .end = 0}));
  EXPECT_EQ(mixed_.id_of("gibt es nicht"), unknown_);
}

TEST_P(TableTokenizer, APieceThatTheTableLacksIsUnknown) {
  const Pieces text = plain_.encode_pieces("zwei Hunde");
  ASSERT_GE(text.size(), 2u);
  Pieces pieces = mixed(pieces_of(plain_));
  std::erase(pieces, text[1]);
  const Tokenizer lacking = with_pieces(plain_, pieces);
  EXPECT_EQ(lacking.encode_pieces("zwei Hunde"), text);
  const Ids ids = lacking.encode("zwei Hunde");
  ASSERT_EQ(ids.size(), text.size());
  for (std::size_t i = 0; i < text.size(); ++i)
    EXPECT_EQ(ids[i], text[i] == text[1] ? unknown_ : lacking.id_of(text[i]));
  EXPECT_THAT(lacking.decode(ids), HasSubstr("\u2047"));
}

TEST_P(TableTokenizer, ALeadingLanguageCodeIsOnePiece) {
  const Ids hunde = mixed_.encode("Hunde");
  const auto behind = [&](std::int32_t first) {
    Ids ids = hunde;
    ids.insert(ids.begin(), first);
    return ids;
  };
  EXPECT_EQ(mixed_.encode(">>de<<Hunde"), behind(code_));
  EXPECT_EQ(mixed_.encode(">>de<< Hunde"), behind(code_));
  EXPECT_EQ(mixed_.encode(">>fr<< Hunde"), behind(unknown_));
  EXPECT_EQ(mixed_.encode(">>de<<"), Ids{code_});
  // To the first closing sign, however far.
  EXPECT_EQ(mixed_.encode(">>de<<<< Hunde").front(), code_);
  EXPECT_EQ(mixed_.encode_pieces(">>ein Ball<< Hunde").front(), ">>ein Ball<<");
  EXPECT_EQ(mixed_.encode_pieces(">>\xff<< Hunde").front(), ">>\ufffd<<");
  EXPECT_EQ(mixed_.decode(behind(code_)), ">>de<< Hunde");
  EXPECT_EQ(mixed_.decode_pieces(mixed_.encode_pieces(">>de<< Hunde")), ">>de<< Hunde");
}

TEST_P(TableTokenizer, AnUnknownLanguageCodeIsSeen) {
  EXPECT_THAT(language_codes(mixed_), ElementsAre(">>de<<"));
  EXPECT_EQ(unknown_language_code(mixed_, ">>fr<< Hunde"), ">>fr<<");
  EXPECT_EQ(unknown_language_code(mixed_, ">>ein Ball<<Hunde"), ">>ein Ball<<");
  EXPECT_EQ(unknown_language_code(same_, ">>de<< Hunde"), ">>de<<") << "there is none at all";
  for (const char* text : {">>de<< Hunde", "Hunde", "", " >>fr<< Hunde", ">>fr Hunde", ">>"})
    EXPECT_EQ(unknown_language_code(mixed_, text), "") << text;
  // Without a table the code would be text.
  EXPECT_THAT(language_codes(plain_), testing::IsEmpty());
  EXPECT_EQ(unknown_language_code(plain_, ">>fr<< Hunde"), "");
}

TEST_P(TableTokenizer, ALanguageCodeElsewhereIsText) {
  for (const char* text : {" >>de<< Hunde", "Hunde >>de<<", ">>de< Hunde", "> >de<<", "<<de>>"}) {
    EXPECT_EQ(mixed_.encode_pieces(text), plain_.encode_pieces(text)) << text;
    EXPECT_THAT(mixed_.encode(text), Not(Contains(code_))) << text;
  }
  // Without a table there is no code.
  EXPECT_GT(plain_.encode_pieces(">>de<<").size(), 1u);
}

/// The pieces, then those that were added.
Tokenizer with_added(const Tokenizer& segmenter, Pieces pieces, const Pieces& added) {
  std::vector<std::int32_t> ids;
  for (const std::string& piece : added) {
    ids.push_back(static_cast<std::int32_t>(pieces.size()));
    pieces.push_back(piece);
  }
  return Tokenizer::with_table(segmenter,
                               PieceTable::from_pieces(std::move(pieces), "v.json", ids));
}

TEST_P(TableTokenizer, AddedPiecesAreCutOutWhereverTheyStand) {
  const Pieces added = {"<ent>", "<ent>s", "Hund", ">>fr<<"};
  const Tokenizer tokenizer = with_added(plain_, mixed(pieces_of(plain_)), added);
  const auto encoded = [&](const Pieces& parts) {
    Ids ids;
    for (const std::string& part : parts) {
      const auto place = std::find(added.begin(), added.end(), part);
      if (place != added.end()) {
        ids.push_back(mixed_.size() + static_cast<std::int32_t>(place - added.begin()));
      } else {
        const Ids of_part = mixed_.encode(part);
        ids.insert(ids.end(), of_part.begin(), of_part.end());
      }
    }
    return ids;
  };
  for (const auto& [text, parts] : std::vector<std::pair<std::string, Pieces>>{
           {"zwei <ent> spielen", {"zwei", "<ent>", "spielen"}},
           {"zwei<ent>zwei", {"zwei", "<ent>", "zwei"}},
           {"<ent>", {"<ent>"}},
           {"<ent><ent>s<ent> ", {"<ent>", "<ent>s", "<ent>"}},
           {"zwei Hunde", {"zwei", "Hund", "e"}},
           {">>fr<< zwei", {">>fr<<", "zwei"}},
           {">>de<< zwei >>fr<<", {">>de<<", "zwei", ">>fr<<"}},
           {"<en> zwei", {"<en> zwei"}},
           {"", {}}}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(tokenizer.encode(text), encoded(parts));
    EXPECT_EQ(tokenizer.encode_pieces(text).size(), tokenizer.encode(text).size());
    const std::vector<ByteRange> ranges = tokenizer.encode_ranges(text);
    ASSERT_EQ(ranges.size(), tokenizer.encode(text).size());
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      const std::int32_t id = tokenizer.encode(text)[i];
      if (id >= mixed_.size()) {
        EXPECT_EQ(text.substr(ranges[i].begin, ranges[i].end - ranges[i].begin),
                  tokenizer.piece(id));
      }
    }
    if (GetParam() == VocabularyType::unigram) continue;  // there a small alpha is a flat choice
    EXPECT_EQ(tokenizer.encode_sampled(Pieces{text}, {.alpha = 1e-9}, 1).at(0).size(),
              tokenizer.encode(text).size());
  }
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("zwei <ent> spielen")), "zwei<ent> spielen");
  EXPECT_NE(tokenizer.fingerprint(), with_pieces(plain_, pieces_of(tokenizer)).fingerprint());
  const PieceTable again = PieceTable::from_json(tokenizer.table()->to_json(), "v.json");
  EXPECT_EQ(again.added(), tokenizer.table()->added());
  EXPECT_EQ(again.fingerprint(), tokenizer.table()->fingerprint());
  EXPECT_EQ(Tokenizer::with_table(plain_, again).encode("<ent> da"), tokenizer.encode("<ent> da"));
}

TEST_P(TableTokenizer, AddedPiecesWithARoleAreText) {
  const Pieces pieces = mixed(pieces_of(plain_));
  const Tokenizer tokenizer =
      Tokenizer::with_table(plain_, PieceTable::from_pieces(pieces, "v.json", {0, 1}));
  ASSERT_EQ(pieces.at(0), "</s>");
  EXPECT_EQ(tokenizer.encode("zwei </s> <unk>"), mixed_.encode("zwei </s> <unk>"));
}

TEST_P(TableTokenizer, TextThatReadsAsASpecialPieceIsUnknown) {
  TokenizerTraining training;
  training.type = GetParam();
  training.size = 20;
  training.next_sentence = test::source_of(Pieces(200, "ein roter Ball und neun warme Enten"));
  const Tokenizer without_s = train_tokenizer(training);
  const Tokenizer tokenizer = with_pieces(without_s, mixed(pieces_of(without_s)));
  const Pieces pieces = tokenizer.encode_pieces("ein </s> Ball");
  ASSERT_THAT(pieces, Contains("</s>"));
  const auto place =
      static_cast<std::size_t>(std::find(pieces.begin(), pieces.end(), "</s>") - pieces.begin());
  EXPECT_EQ(tokenizer.encode("ein </s> Ball").at(place), tokenizer.special_ids().unknown);
  EXPECT_EQ(tokenizer.encode_sampled(Pieces{"ein </s> Ball"}, {.alpha = 1e-9}, 1).at(0).at(place),
            tokenizer.special_ids().unknown);
}

TEST_P(TableTokenizer, DecodingGivesNothingForSpecialPiecesAndAMarkForUnknown) {
  Ids ids = mixed_.encode("Hunde spielen");
  ids.insert(ids.begin(), mixed_.special_ids().pad);
  ids.insert(ids.begin() + 2, mixed_.special_ids().end);
  ids.push_back(mixed_.special_ids().pad);
  EXPECT_EQ(mixed_.decode(ids), "Hunde spielen");
  EXPECT_EQ(mixed_.decode(Ids{}), "");
  EXPECT_EQ(mixed_.decode(Ids{unknown_}), "\u2047");
  EXPECT_EQ(mixed_.decode_pieces(Pieces{"<pad>", "Hun", "de", "</s>"}), "Hunde");
  EXPECT_THROW(mixed_.decode(Ids{mixed_.size()}), std::out_of_range);
  EXPECT_THROW(mixed_.decode(Ids{-1}), std::out_of_range);
}

TEST_P(TableTokenizer, PiecesOfTheTableAloneAreText) {
  Pieces pieces = mixed(pieces_of(plain_));
  pieces.insert(pieces.end(), {"\u2581dogs", "\u2581", "a\nb", ""});
  std::sort(pieces.begin(), pieces.end());
  pieces.erase(std::unique(pieces.begin(), pieces.end()), pieces.end());
  const Tokenizer tokenizer = with_pieces(plain_, pieces);
  const auto id = [&](std::string_view piece) { return tokenizer.id_of(piece); };
  const Ids ids = {id("\u2581dogs"), id(""), id("\u2581dogs"), id("a\nb"), id("\u2581")};
  ASSERT_THAT(ids, Not(Contains(tokenizer.special_ids().unknown)));
  EXPECT_EQ(tokenizer.decode(ids), "dogs dogsa b");
}

TEST_P(TableTokenizer, SampledPiecesGoThroughTheTable) {
  auto lines = sample_sentences(100, 8);
  SamplingOptions options;
  options.alpha = 0.2;
  const auto plain = plain_.encode_sampled(lines, options, 5);
  EXPECT_EQ(same_.encode_sampled(lines, options, 5), plain);
  for (std::string& line : lines)
    line.insert(0, ">>de<< ");
  const auto sampled = mixed_.encode_sampled(lines, options, 5);
  ASSERT_EQ(sampled.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    ASSERT_EQ(sampled[i].size(), plain[i].size() + 1);
    ASSERT_EQ(sampled[i][0], code_);
    for (std::size_t k = 0; k < plain[i].size(); ++k)
      ASSERT_EQ(mixed_.piece(sampled[i][k + 1]), plain_.piece(plain[i][k]));
  }
  EXPECT_EQ(mixed_.encode_sampled(lines, {}, 5)[7], mixed_.encode(lines[7]));
}

TEST_P(TableTokenizer, AnyBytesAndAnyIdsGiveValidUtf8OnOneLine) {
  RandomStream random(5);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = round % 3 == 0 ? ">>" : "";
    for (std::uint64_t left = random.below(60); left > 0; --left)
      bytes += static_cast<char>(random.below(256));
    if (round % 3 == 0)
      bytes.insert(static_cast<std::size_t>(random.below(bytes.size() + 1)), "<<");
    Ids ids = mixed_.encode(bytes);
    ASSERT_EQ(ids.size(), mixed_.encode_pieces(bytes).size());
    for (int i = 0; i < 20; ++i)
      ids.push_back(
          static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(mixed_.size()))));
    for (const std::string& text :
         {mixed_.decode(ids), mixed_.decode_pieces(mixed_.encode_pieces(bytes))}) {
      ASSERT_TRUE(is_valid_utf8(text));
      ASSERT_EQ(text.find('\n'), std::string::npos);
    }
  }
}

TEST_P(TableTokenizer, FingerprintsCoverTheTable) {
  EXPECT_EQ(plain_.fingerprint(), fingerprint(plain_.bytes()));
  EXPECT_NE(same_.fingerprint(), plain_.fingerprint());
  EXPECT_NE(same_.fingerprint(), mixed_.fingerprint());
  EXPECT_EQ(same_.fingerprint(), with_pieces(plain_, pieces_of(plain_)).fingerprint());
  const Tokenizer other = sample_tokenizer(GetParam(), 140);
  EXPECT_NE(with_pieces(other, pieces_of(plain_)).fingerprint(), same_.fingerprint());
}

TEST_P(TableTokenizer, ATableReplacesTheOneBefore) {
  const Tokenizer again = Tokenizer::with_table(mixed_, *same_.table());
  EXPECT_EQ(again.fingerprint(), same_.fingerprint());
  EXPECT_EQ(again.encode("zwei Hunde"), plain_.encode("zwei Hunde"));
}

TEST_P(TableTokenizer, ATableNeedsUnknownAndEnd) {
  for (const std::string lacking : {"<unk>", "</s>"}) {
    Pieces pieces = pieces_of(plain_);
    std::erase(pieces, lacking);
    try {
      with_pieces(plain_, pieces);
      ADD_FAILURE() << lacking;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr("v.json: the vocabulary does not contain the piece " + lacking));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, TableTokenizer,
                         testing::Values(VocabularyType::bpe, VocabularyType::unigram),
                         [](const auto& type) {
                           return type.param == VocabularyType::bpe ? "Bpe" : "Unigram";
                         });

}  // namespace
}  // namespace regard
