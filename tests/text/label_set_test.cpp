#include "regard/text/label_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file_support.h"
#include "text/read_text.h"

namespace regard {
namespace {

using test::slurp;
using test::spill;
using test::TemporaryFolder;
using test::user_error_of;
using testing::ElementsAre;
using testing::HasSubstr;

const SourceSpot kPlace = {"train.tsv", 7, 0};

LabelSet labels_of(const std::vector<std::string>& names) {
  std::vector<LabelCount> labels;
  for (const std::string& name : names)
    labels.push_back({name, 1});
  return LabelSet(labels);
}

TEST(LabelSet, CountsAndSortsWhatTheFilesHave) {
  LabelCounter counter;
  for (const std::string label : {"b", "a b", "b", "Z", "ä", "b"})
    counter.add(label, kPlace);
  const LabelSet labels = counter.labels();
  EXPECT_THAT(labels.labels(), ElementsAre(LabelCount{"Z", 1}, LabelCount{"a b", 1},
                                           LabelCount{"b", 3}, LabelCount{"ä", 1}));
  EXPECT_EQ(labels.number("b", kPlace), 2);
  EXPECT_EQ(labels.find("c"), std::nullopt);
}

TEST(LabelSet, AnUnknownLabelIsNamedWithLineAndTheNearestOne) {
  const LabelSet labels = labels_of({"contradiction", "entailment", "neutral"});
  EXPECT_EQ(user_error_of([&] {
              labels.number("neutrl", {"valid.tsv", 12, 0});
            }),
            "valid.tsv:12: label 'neutrl' is not among the 3 of the training files. Fix: use "
            "'neutral'.");
  EXPECT_THAT(user_error_of([&] { labels.number("x", kPlace); }),
              HasSubstr("Fix: correct it, or train on data that have it."));
}

TEST(LabelSet, WhatIsNoLabelIsRefused) {
  const auto error = [](const std::string& label) {
    LabelCounter counter;
    return user_error_of([&] { counter.add(label, kPlace); });
  };
  EXPECT_THAT(error(""), HasSubstr("train.tsv:7: the label is empty"));
  EXPECT_THAT(error(std::string(1001, 'x')),
              HasSubstr("the label has 1001 bytes: is it the text?"));
  EXPECT_EQ(error(std::string(1000, 'x')), "no error");
  EXPECT_THAT(error("a\tb"), HasSubstr("control characters"));
  EXPECT_THAT(error(" a"), HasSubstr("white space at its ends"));
  EXPECT_THAT(error("\xFF"), HasSubstr("no valid UTF-8"));
  EXPECT_THAT(user_error_of([] { labels_of({"a", "b", "a"}); }), HasSubstr("'a' is there twice"));
}

TEST(LabelSet, ThereAreNoMoreThanTheLargestNumber) {
  LabelCounter counter;
  for (std::size_t i = 0; i < LabelSet::kMaxLabels; ++i)
    counter.add(std::to_string(i), kPlace);
  EXPECT_EQ(counter.labels().size(), LabelSet::kMaxLabels);
  counter.add("0", kPlace);
  EXPECT_THAT(user_error_of([&] { counter.add("x", kPlace); }),
              HasSubstr("train.tsv:7: more than 65,536 labels"));
}

TEST(LabelSet, OneLabelIsNothingToLearn) {
  EXPECT_THAT(user_error_of([] { require_several_labels(labels_of({"a"}), {"train.tsv"}); }),
              HasSubstr("train.tsv: the training data have one label only, 'a'"));
  EXPECT_THAT(user_error_of([] { require_several_labels(LabelSet(), {"train.tsv"}); }),
              HasSubstr("have no label"));
  require_several_labels(labels_of({"a", "b"}), {"train.tsv"});
}

TEST(LabelSet, AHeaderIsSuspectedWhereItsLabelIsTheOnlyRareOne) {
  LabelCounter counter;
  counter.add("label", {"train.tsv", 1, 0});
  for (int i = 0; i < 4; ++i)
    counter.add(i % 2 == 0 ? "yes" : "no", {"train.tsv", 2 + i, 0});
  const auto problem = counter.likely_header();
  ASSERT_TRUE(problem.has_value());
  EXPECT_EQ(to_string(*problem),
            "train.tsv:1: label 'label' of the first line occurs nowhere else: is this line a "
            "header? Fix: say that the file has a header.");
  counter.add("rare", {"train.tsv", 9, 0});
  EXPECT_EQ(counter.likely_header(), std::nullopt);
}

TEST(LabelSet, ReadsWhatItWrote) {
  const TemporaryFolder folder;
  const LabelSets sets = {{"label", LabelSet({{"b", 3}, {"a \"q\"", 0}, {"ä", 5}})},
                          {"relation", labels_of({"CID"})},
                          {"none", LabelSet()}};
  write_label_sets(folder / "labels.json", sets);
  const LabelSets read = read_label_sets(folder / "labels.json");
  ASSERT_EQ(read.size(), 3U);
  for (const auto& [name, set] : sets)
    EXPECT_EQ(read.at(name).labels(), set.labels()) << name;
  write_label_sets(folder / "again.json", read);
  EXPECT_EQ(slurp(folder / "again.json"), slurp(folder / "labels.json"));
  write_label_sets(folder / "empty.json", {});
  EXPECT_TRUE(read_label_sets(folder / "empty.json").empty());
}

TEST(LabelSet, ADamagedFileIsNamedWithWhatIsWrong) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    spill(folder / "labels.json", text);
    return user_error_of([&] { read_label_sets(folder / "labels.json"); });
  };
  EXPECT_THAT(error(""), HasSubstr("labels.json: not valid JSON"));
  EXPECT_THAT(error("[1]"), HasSubstr("not an object"));
  EXPECT_THAT(error("{\"label\": 1}"), HasSubstr("label: not a list"));
  for (const std::string entry :
       {"1", "{}", "{\"label\": \"a\"}", "{\"label\": 1, \"count\": 1}",
        "{\"label\": \"a\", \"count\": -1}", "{\"label\": \"a\", \"count\": 1.5}",
        "{\"label\": \"a\", \"count\": 18446744073709551615}",
        "{\"label\": \"a\", \"count\": 1, \"more\": 1}"}) {
    EXPECT_THAT(error("{\"label\": [" + entry + "]}"), HasSubstr("not a label and its count"))
        << entry;
  }
  const std::string a = "{\"label\": \"a\", \"count\": 1}";
  EXPECT_EQ(error("{\"label\": [" + a + "]}"), "no error");
  EXPECT_THAT(error("{\"label\": [" + a + "," + a + "]}"), HasSubstr("'a' is there twice"));
  EXPECT_THAT(error("{\"label\": [{\"label\": \"\", \"count\": 1}]}"), HasSubstr("label is empty"));
  EXPECT_THAT(user_error_of([&] { read_label_sets(folder / "none.json"); }),
              HasSubstr("none.json"));
}

TEST(LabelSet, ARunGoesOnOnlyWithItsOwnLabels) {
  const auto error = [](const LabelSet& before, const LabelSet& now) {
    return user_error_of([&] {
      require_same_labels({{"label", before}}, {{"label", now}}, "labels.json");
    });
  };
  const LabelSet ours = labels_of({"a", "b"});
  EXPECT_EQ(error(ours, LabelSet({{"a", 99}, {"b", 1}})), "no error");
  EXPECT_THAT(error(ours, labels_of({"a", "b", "c"})),
              HasSubstr("labels.json: label 'c' of the data is not among the 2 labels that the run "
                        "began with. Fix: give the run the data it began with"));
  EXPECT_THAT(error(ours, labels_of({"a"})), HasSubstr("label 'b', with which the run began"));
  EXPECT_THAT(error(ours, labels_of({"b", "a"})), HasSubstr("in another order"));
  EXPECT_THAT(user_error_of([&] {
                require_same_labels({{"tag", ours}}, {}, "f");
              }),
              HasSubstr("no labels called 'tag'"));
  EXPECT_THAT(user_error_of([&] {
                require_same_labels({}, {{"tag", ours}}, "f");
              }),
              HasSubstr("began without labels called 'tag'"));
  EXPECT_NE(labels_of({"ab", "c"}).fingerprint(), labels_of({"a", "bc"}).fingerprint());
}

}  // namespace
}  // namespace regard
