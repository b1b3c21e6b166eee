#include "regard/metrics/language.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "regard/metrics/bleu.h"

namespace regard {
namespace {

using Names = std::vector<std::string>;

TEST(BleuTokenizersOf, KnowsCodesScriptsRegionsAndNames) {
  for (const char* name : {"zh", "ZH", "zh-CN", "zh_TW", "zho_Hans", "cmn", "yue", "Chinese"})
    EXPECT_EQ(bleu_tokenizers_of(name), Names{"zh"}) << name;
  for (const char* name : {"ja", "jpn_Jpan", "Japanese"})
    EXPECT_EQ(bleu_tokenizers_of(name), (Names{"ja-mecab", "char"})) << name;
  for (const char* name : {"ko", "ko-KR", "kor_Hang"})
    EXPECT_EQ(bleu_tokenizers_of(name), (Names{"ko-mecab", "char"})) << name;
  for (const char* name : {"th", "tha_Thai", "lo", "km", "my", "Burmese", "bo"})
    EXPECT_EQ(bleu_tokenizers_of(name), (Names{"flores200", "char"})) << name;
  for (const char* name : {"de", "en", "", " ", "-", "yy", "hz", "z", "h", "zh zho"})
    EXPECT_EQ(bleu_tokenizers_of(name),
              std::string_view(name) == "zh zho" ? Names{"zh"} : Names{"13a"})
        << name;
}

TEST(BleuTokenizersOf, TheLastOneIsAlwaysThere) {
  const Names built_in = bleu_tokenizer_names();
  for (const char* name : {"zh", "ja", "ko", "th", "de"}) {
    const std::string last = bleu_tokenizers_of(name).back();
    EXPECT_NE(std::find(built_in.begin(), built_in.end(), last), built_in.end()) << name;
  }
}

TEST(TokenizerOfUnspaced, SeesTextWithoutSpaces) {
  EXPECT_EQ(tokenizer_of_unspaced(Names{"我吃米饭和茶", "他们喜欢书和猫"}), "zh");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"他说：“我们今天去学校。”", "OK"}), "zh");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"私は東京に住んでいます。"}), "ja-mecab");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"ผมชอบกินข้าวผัด แต่ไม่ชอบกาแฟ"}), "flores200");
}

TEST(TokenizerOfUnspaced, LeavesTextWithSpacesAlone) {
  EXPECT_EQ(tokenizer_of_unspaced(Names{}), "");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"", " "}), "");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"The house is red."}), "");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"Это дом."}), "");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"나는 학교에 간다."}), "");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"我 吃 米饭 和 茶 。"}), "");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"ผม ชอบ กิน ข้าวผัด"}), "");
  EXPECT_EQ(tokenizer_of_unspaced(Names{"The word 東京都知事選挙 means an election in Tokyo."}),
            "");
}

}  // namespace
}  // namespace regard
