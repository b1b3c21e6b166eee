#include "regard/data/data_options.h"

#include <gtest/gtest.h>

#include "regard/config/reader.h"
#include "regard/data/corpus.h"

namespace regard {
namespace {

std::vector<config::Checks::Failure> failures_of(const DataOptions& options) {
  config::Checks checks;
  DataOptions::check(options, checks);
  for (const ValidCorpusOptions& corpus : options.valid)
    ValidCorpusOptions::check(corpus, checks);
  return checks.failures();
}

DataOptions good_options() {
  DataOptions options;
  options.train = {{"a.en", "a.de", "", 1.0, "", ""}, {"b.en", "b.de", "", 0.5, "<BT>", ""}};
  options.valid = {{"v.en", "v.de", "", "", "", ""}};
  return options;
}

TEST(DataOptions, DefaultsAreTheContract) {
  const DataOptions options;
  EXPECT_EQ(options.max_length, 256);
  EXPECT_EQ(options.max_ratio, 3.0);
  EXPECT_EQ(options.invalid_utf8, InvalidUtf8::error);
  EXPECT_TRUE(options.shuffle);
  EXPECT_TRUE(failures_of(good_options()).empty());
}

TEST(DataOptions, SomeCorpusMustBeSeen) {
  DataOptions options = good_options();
  options.train[0].weight = 0.0;
  EXPECT_TRUE(failures_of(options).empty());
  options.train[1].weight = 0.0;
  EXPECT_EQ(failures_of(options).size(), 1u);
}

TEST(DataOptions, ValidationNeedsBothSides) {
  DataOptions options = good_options();
  options.valid[0].target = "";
  ASSERT_EQ(failures_of(options).size(), 1u);
  EXPECT_EQ(failures_of(options)[0].path, "target");
  options.valid[0].source = "";
  EXPECT_TRUE(failures_of(options).empty());
  EXPECT_FALSE(options.valid[0].is_text());
  options.valid[0].tag = "<BT>";
  EXPECT_EQ(failures_of(options).size(), 1u);
}

TEST(DataOptions, ValidationTextsHaveNamesOfTheirOwn) {
  DataOptions options = good_options();
  options.valid = {{"a/v.en", "a/v.de", "", "", "", ""},
                   {"b/v.en", "b/v.de.gz", "", "", "", ""},
                   {"w.en", "w.de", "", "news", "", ""},
                   {"x.en", "my text.de", "", "", "", ""}};
  EXPECT_TRUE(failures_of(options).empty());
  EXPECT_EQ(validation_names(options),
            (std::vector<std::string>{"v.de", "v.de-2", "news", "my_text.de"}));
  options.valid[0].name = "news";
  ASSERT_EQ(failures_of(options).size(), 1u);
  EXPECT_EQ(failures_of(options)[0].path, "valid[2].name");
  for (const char* name : {"mean", "a b", "a/b", "a\n"}) {
    options.valid[0].name = name;
    EXPECT_EQ(failures_of(options).size(), 1u) << name;
  }
}

TEST(DataOptions, OneValidationTextNeedsNoList) {
  for (const char* valid :
       {"{source: v.en, target: v.de, tag: x}", "[{source: v.en, target: v.de, tag: x}]"}) {
    const auto options = config::read<DataOptions>(config::parse_yaml(
        std::string("train: [{source: a, target: b}]\nvalid: ") + valid + "\n", "a.yaml"));
    ASSERT_EQ(options.valid.size(), 1u);
    EXPECT_EQ(options.valid[0].target, "v.de");
    EXPECT_EQ(options.valid[0].tag, "x");
  }
  std::vector<Problem> problems;
  config::read<DataOptions>(
      config::parse_yaml("train: [{source: a, target: b}]\nvalid: {source: a, traget: b}\n",
                         "a.yaml"),
      problems);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].what, "valid.traget: unknown key");
}

TEST(DataOptions, ARatioBelowOneIsRefused) {
  DataOptions options = good_options();
  options.max_ratio = 0.5;
  EXPECT_EQ(failures_of(options).size(), 1u);
  options.max_ratio = 0.0;
  EXPECT_TRUE(failures_of(options).empty());
}

TEST(DataOptions, AreReadFromYaml) {
  const auto document = config::parse_yaml(
      "source: en\ntarget: de\n"
      "train:\n  - {source: a.en, target: a.de, weight: 0.5, tag: \"<BT>\"}\n"
      "valid: {source: v.en, target: v.de}\n"
      "max_length: 100\ninvalid_utf8: skip\n",
      "a.yaml");
  const auto options = config::read<DataOptions>(document);
  ASSERT_EQ(options.train.size(), 1u);
  EXPECT_EQ(options.train[0].target, "a.de");
  EXPECT_EQ(options.train[0].weight, 0.5);
  EXPECT_EQ(options.train[0].tag, "<BT>");
  ASSERT_EQ(options.valid.size(), 1u);
  EXPECT_EQ(options.valid[0].source, "v.en");
  EXPECT_EQ(options.max_length, 100);
  EXPECT_EQ(options.invalid_utf8, InvalidUtf8::skip);
}

TEST(DataOptions, TrainingFilesMustBeGiven) {
  for (const char* text : {"max_length: 5", "train: []", "train: [{source: a.en}]",
                           "train: [{source: a, target: b}]\ninvalid_utf8: keep"}) {
    std::vector<Problem> problems;
    config::read<DataOptions>(config::parse_yaml(text, "a.yaml"), problems);
    EXPECT_EQ(problems.size(), 1u) << text;
  }
}

TEST(DataOptions, BecomeTheFilesAndFiltersOfALoading) {
  const auto files = training_files(good_options());
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[1].source, "b.en");
  EXPECT_EQ(files[1].target, "b.de");
  EXPECT_EQ(files[1].weight, 0.5);
  EXPECT_EQ(files[1].tag, "<BT>");
  DataOptions options = good_options();
  options.max_length = 17;
  options.max_ratio = 2.5;
  options.invalid_utf8 = InvalidUtf8::skip;
  EXPECT_EQ(training_loading(options).max_length, 17);
  EXPECT_EQ(training_loading(options).max_ratio, 2.5);
  EXPECT_EQ(training_loading(options).invalid_utf8, InvalidUtf8::skip);
}

}  // namespace
}  // namespace regard
