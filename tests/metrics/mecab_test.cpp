// Compared with sacreBLEU's ja-mecab and ko-mecab: golden files from
// scripts/golden/make_metric_goldens.py.
#include "regard/metrics/mecab.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/metrics/unicode.h"

#include "metrics/golden.h"

namespace regard {
namespace {

using testing::HasSubstr;

std::string folder_of(const char* variable) {
  const char* folder = std::getenv(variable);
  return folder == nullptr ? "" : folder;
}

std::string tokens_of(const WordSplitter& splitter, const std::string& line) {
  const std::u32string text = to_utf32(line);
  const std::u32string words = to_utf32(splitter.split(to_utf8(strip_right(text))));
  std::vector<std::string> tokens;
  for (const std::u32string_view token : split_words(words))
    tokens.push_back(to_utf8(token));
  return join(tokens, " ");
}

/// `column` of mecab.tsv, and the scores of mecab_scores.tsv.
void compare(const SharedSplitter& splitter, const std::string& name, std::size_t column) {
  const auto lines = golden::records("mecab.tsv");
  ASSERT_GE(lines.size(), 300U);
  std::vector<std::string> texts;
  std::size_t num_split = 0;
  for (const golden::Fields& fields : lines) {
    EXPECT_EQ(tokens_of(*splitter, fields.at(0)), fields.at(column)) << fields[0];
    num_split += fields[column] != fields[0];
    texts.push_back(fields[0]);
  }
  EXPECT_GT(num_split, 200U);
  std::size_t num_scores = 0;
  for (const golden::Fields& fields : golden::records("mecab_scores.tsv")) {
    if (fields.at(0) != name) continue;
    ++num_scores;
    const std::size_t step = std::stoul(fields.at(1));
    std::vector<std::string> hypotheses;
    std::vector<std::vector<std::string>> references(1);
    for (std::size_t i = 0; i + 1 < texts.size(); i += step) {
      hypotheses.push_back(texts[i]);
      references[0].push_back(texts[i + 1]);
    }
    const MetricScore score =
        corpus_score(*make_bleu({.splitter = splitter}), hypotheses, references);
    EXPECT_NEAR(score.score, std::stod(fields.at(3)), 1e-9);
    EXPECT_EQ(to_string(score), fields.at(4));
  }
  EXPECT_EQ(num_scores, 2U);
}

std::string mecab_message_of(MecabLanguage language, const std::string& folder) {
  try {
    make_mecab_splitter(language, folder);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Mecab, JapaneseEqualsSacrebleu) {
  SharedSplitter splitter;
  try {
    splitter = make_mecab_splitter(MecabLanguage::japanese, folder_of("REGARD_MECAB_JA"));
  } catch (const UserError& error) {
    GTEST_SKIP() << error.what();
  }
  compare(splitter, "ja-mecab", 1);
}

TEST(Mecab, KoreanEqualsSacrebleu) {
  const std::string folder = folder_of("REGARD_MECAB_KO");
  if (folder.empty()) GTEST_SKIP() << mecab_message_of(MecabLanguage::korean, "");
  compare(make_mecab_splitter(MecabLanguage::korean, folder), "ko-mecab", 2);
}

TEST(Mecab, WhatIsMissingIsNamedWithWhatToInstall) {
  const auto empty = std::filesystem::path(testing::TempDir()) / "no_dictionary";
  std::filesystem::create_directories(empty);
  const std::string japanese = mecab_message_of(MecabLanguage::japanese, empty.string());
  EXPECT_THAT(japanese, HasSubstr("ja-mecab"));
  EXPECT_THAT(japanese, HasSubstr("apt-get install"));
  const std::string korean = mecab_message_of(MecabLanguage::korean, empty.string());
  EXPECT_THAT(korean, HasSubstr("ko-mecab"));
#ifdef REGARD_MECAB
  EXPECT_THAT(korean, HasSubstr("pip install"));
#endif
}

TEST(Mecab, ADamagedDictionaryIsRefused) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "damaged_dictionary";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "sys.dic") << "damaged";
  EXPECT_THAT(mecab_message_of(MecabLanguage::japanese, folder.string()), HasSubstr("ja-mecab"));
}

}  // namespace
}  // namespace regard
