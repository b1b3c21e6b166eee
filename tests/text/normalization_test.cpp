#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/text/tokenizer_training.h"
#include "regard/text/vocabulary_symbols.h"

#include "text/sample_text.h"

namespace regard {
namespace {

using test::source_of;

/// Characters in "a?b" with what becomes of that text. The table of docs/guide.md.
struct Treatment {
  std::string text;
  std::string nmt_nfkc;
  std::string nfkc;
};

const std::vector<Treatment>& treatments() {
  static const std::vector<Treatment> all = {
      {"a\u00ADb", "a\u00ADb", "a\u00ADb"},  // soft hyphen
      {"a\u200Db", "a\u200Db", "a\u200Db"},  // zero-width joiner
      {"a\u2060b", "a\u2060b", "a\u2060b"},  // word joiner
      {"a\u200Bb", "a b", "a\u200Bb"},       // zero-width space
      {"a\u200Cb", "a b", "a\u200Cb"},       // zero-width non-joiner
      {"a\uFEFFb", "a b", "a\uFEFFb"},       // zero-width no-break space, byte order mark
      {"a\u200Eb", "a b", "a\u200Eb"},       // left-to-right mark
      {"a\u200Fb", "a b", "a\u200Fb"},       // right-to-left mark
      {"a\u00A0b", "a b", "a b"},            // no-break space
      {"a\u3000b", "a b", "a b"},            // ideographic space
      {"\uFB01", "fi", "fi"},                // a ligature
      {"\u00BD", "1\u20442", "1\u20442"},    // one half
      {"\uFF0C", ",", ","},                  // full-width comma
      {"A\u0308", "\u00C4", "\u00C4"},       // a letter and its mark
      {"a  b ", "a b", "a b"},               // spaces
  };
  return all;
}

Tokenizer trained(Normalization normalization) {
  std::vector<std::string> sentences = {"Das ist ein Satz ab.", "und noch einer: 1 2 fi"};
  for (const Treatment& treatment : treatments())
    sentences.push_back(treatment.text);
  std::vector<std::string> all;
  for (int i = 0; i < 30; ++i)
    all.insert(all.end(), sentences.begin(), sentences.end());
  TokenizerTraining training;
  training.size = 0;
  training.normalization = normalization;
  training.next_sentence = source_of(all);
  return train_tokenizer(training);
}

std::string round_trip(const Tokenizer& tokenizer, const std::string& text) {
  return tokenizer.decode(tokenizer.encode(text));
}

TEST(Normalization, TreatsCharactersAsTheGuideSays) {
  const Tokenizer nmt_nfkc = trained(Normalization::nmt_nfkc);
  const Tokenizer nfkc = trained(Normalization::nfkc);
  const Tokenizer identity = trained(Normalization::identity);
  for (const Treatment& treatment : treatments()) {
    EXPECT_EQ(round_trip(nmt_nfkc, treatment.text), treatment.nmt_nfkc) << treatment.text;
    EXPECT_EQ(round_trip(nfkc, treatment.text), treatment.nfkc) << treatment.text;
    const std::string kept = treatment.text == "a  b " ? "a b" : treatment.text;
    EXPECT_EQ(round_trip(identity, treatment.text), kept);
  }
}

TEST(Normalization, FoldsCaseOnRequest) {
  EXPECT_EQ(round_trip(trained(Normalization::nmt_nfkc_cf), "DAS a\u200Cb"), "das a b");
  EXPECT_EQ(round_trip(trained(Normalization::nfkc_cf), "DAS a\u200Cb"), "das a\u200Cb");
  EXPECT_EQ(round_trip(trained(Normalization::nmt_nfkc), "Das"), "Das");
}

TEST(Normalization, IsPartOfTheModel) {
  const Tokenizer identity = trained(Normalization::identity);
  const Tokenizer again = Tokenizer::from_bytes(identity.bytes(), "again.spm");
  const Tokenizer more = with_symbols(again, {"<MED>"});
  for (const Treatment& treatment : treatments()) {
    EXPECT_EQ(again.encode(treatment.text), identity.encode(treatment.text));
    EXPECT_EQ(more.encode(treatment.text), identity.encode(treatment.text));
  }
  EXPECT_NE(identity.bytes(), trained(Normalization::nfkc).bytes());
}

}  // namespace
}  // namespace regard
