#include "regard/text/vocabulary_options.h"

#include <gtest/gtest.h>

#include "regard/config/reader.h"

namespace regard {
namespace {

std::vector<config::Checks::Failure> failures_of(const VocabularyOptions& options) {
  config::Checks checks;
  VocabularyOptions::check(options, checks);
  return checks.failures();
}

TEST(VocabularyOptions, DefaultsAreTheContract) {
  const VocabularyOptions options;
  EXPECT_EQ(options.size.value, 8000);
  EXPECT_EQ(options.type, VocabularyType::bpe);
  EXPECT_TRUE(options.shared);
  EXPECT_EQ(options.sampling.alpha, 0.0);
  EXPECT_EQ(options.sampling.nbest, -1);
  EXPECT_TRUE(failures_of(options).empty());
}

TEST(VocabularyOptions, SizesOfASideNeedTwoVocabularies) {
  VocabularyOptions options;
  options.target_size = 64;
  ASSERT_EQ(failures_of(options).size(), 1u);
  EXPECT_EQ(failures_of(options).front().path, "target_size");
  options.shared = false;
  EXPECT_TRUE(failures_of(options).empty());
}

TEST(VocabularyOptions, ASharedVocabularyHasOneFile) {
  VocabularyOptions options;
  options.source = "a.spm";
  EXPECT_TRUE(failures_of(options).empty());
  options.target = "a.spm";
  EXPECT_TRUE(failures_of(options).empty());
  options.target = "b.spm";
  ASSERT_EQ(failures_of(options).size(), 1u);
  EXPECT_EQ(failures_of(options)[0].path, "target");
  options.shared = false;
  EXPECT_TRUE(failures_of(options).empty());
}

TEST(VocabularyOptions, UserSymbolsAreCheckedOneByOne) {
  VocabularyOptions options;
  options.user_symbols = {">>de<<", "a,b", "\"q\""};
  EXPECT_TRUE(failures_of(options).empty());
  options.user_symbols = {"", "a b", "<s>", "x\ty", "\xFF", "ok", "ok", std::string(300, 'x')};
  EXPECT_EQ(failures_of(options).size(), 7u);
}

TEST(VocabularyOptions, AreReadFromYaml) {
  const auto document = config::parse_yaml(
      "size: 500\ntype: unigram\nshared: false\nsampling: {alpha: 0.2}\nuser_symbols: [<BT>]\n",
      "a.yaml");
  const auto options = config::read<VocabularyOptions>(document);
  EXPECT_EQ(options.size.value, 500);
  EXPECT_EQ(options.type, VocabularyType::unigram);
  EXPECT_FALSE(options.shared);
  EXPECT_EQ(options.sampling.alpha, 0.2);
  EXPECT_EQ(options.user_symbols, std::vector<std::string>{"<BT>"});
}

TEST(VocabularyOptions, RangesAreChecked) {
  for (const char* text : {"size: 4", "character_coverage: 0.5", "sampling: {alpha: 1.5}",
                           "sampling: {nbest: 1000}", "type: letter"}) {
    std::vector<Problem> problems;
    config::read<VocabularyOptions>(config::parse_yaml(text, "a.yaml"), problems);
    EXPECT_EQ(problems.size(), 1u) << text;
  }
}

}  // namespace
}  // namespace regard
