#include "regard/config/aliases.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/reader.h"

#include "config/example_options.h"

namespace regard::config {
namespace {

using example::Options;
using ::testing::ElementsAre;

const Aliases kAliases = {{{"lr learning_rate", "training.schedule.peak"},
                           {"batch_size", "training.max_updates", "100", "it counts updates"},
                           {"src", "data.train[].source training.schedule.type"},
                           {"heads_of model.sub.heads n-heads", "model.heads"},
                           {"fast", "training.precision", "bfloat16"},
                           {"steps_text", "training.schedule.type", "$"},
                           {"lowercase", "", "", "text stays as it is"}},
                          {{"training.schedule", "peak", "{peak: $, warmup: 0}"}}};

std::vector<std::string> lines_of(Document document) {
  std::vector<Problem> problems;
  read<Options>(document, problems, &kAliases);
  std::vector<std::string> lines;
  for (const Problem& problem : problems)
    lines.push_back(to_string(problem));
  return lines;
}

std::vector<std::string> alias_problems_of(const std::string& text) {
  return lines_of(parse_yaml(text + "\noutput: out\n", "a.yaml"));
}

TEST(ForeignNames, AreAnsweredWithTheLineToWrite) {
  EXPECT_THAT(alias_problems_of("lr: 1e-3"),
              ElementsAre("a.yaml:1:1: lr: unknown key. Fix: training.schedule.peak is its name "
                          "here: write training: {schedule: {peak: 0.001}}."));
  EXPECT_THAT(alias_problems_of("training:\n  is_quiet: true\n  Learning-Rate: 0.5"),
              ElementsAre("a.yaml:3:3: training.Learning-Rate: unknown key. Fix: "
                          "training.schedule.peak is its name here: write schedule: {peak: 0.5} in "
                          "training (line 1)."));
  EXPECT_THAT(alias_problems_of("lr: 2\ntraining: {schedule: {warmup: 1}}"),
              ElementsAre("a.yaml:1:1: lr: unknown key. Fix: training.schedule.peak is its name "
                          "here: write peak: 0.0007 in training.schedule (line 2)."))
      << "a value that is not allowed is replaced by the default";
  EXPECT_THAT(alias_problems_of("lr: 0.2\ntraining: {schedule: {peak: 0.1}}"),
              ElementsAre("a.yaml:1:1: lr: unknown key. Fix: training.schedule.peak is its name "
                          "here: remove this, since training.schedule.peak is written in line 2."));
}

TEST(ForeignNames, MayHaveAnotherMeasureANoteOrNoKey) {
  EXPECT_THAT(alias_problems_of("batch_size: 64"),
              ElementsAre("a.yaml:1:1: batch_size: unknown key. Fix: training.max_updates is its "
                          "name here: write training: {max_updates: 100}; it counts updates."));
  EXPECT_THAT(alias_problems_of("lowercase: true"),
              ElementsAre("a.yaml:1:1: lowercase: unknown key. Fix: remove it; text stays as it "
                          "is."));
  EXPECT_THAT(alias_problems_of("fast: true"),
              ElementsAre("a.yaml:1:1: fast: unknown key. Fix: training.precision is its name "
                          "here: write training: {precision: bfloat16}."));
  EXPECT_THAT(alias_problems_of("fast: false"),
              ElementsAre("a.yaml:1:1: fast: unknown key. Fix: training.precision is its name "
                          "here."));
}

TEST(ForeignNames, MeanTheKeyOfTheGroupTheyStandIn) {
  EXPECT_THAT(alias_problems_of("data: {train: [{src: b.en, source: a.en}]}"),
              ElementsAre("a.yaml:1:17: data.train[0].src: unknown key. Fix: data.train[].source "
                          "is its name here: write source: b.en."));
  EXPECT_THAT(alias_problems_of("training: {schedule: {src: constnat}}"),
              ElementsAre("a.yaml:1:23: training.schedule.src: unknown key. Fix: "
                          "training.schedule.type is its name here: write type: constant in "
                          "training.schedule (line 1)."));
  EXPECT_THAT(alias_problems_of("src: b.en"),
              ElementsAre("a.yaml:1:1: src: unknown key. Fix: data.train[].source is its name "
                          "here: write data: {train: [{source: ...}]}."));
}

TEST(ForeignNames, OnTheCommandLineAreAnsweredForIt) {
  Document document = parse_yaml("output: out\n", "a.yaml");
  document.set("training.lr=0.01");
  EXPECT_THAT(lines_of(document),
              ElementsAre("--set training.lr=0.01: training.lr: unknown key. Fix: "
                          "training.schedule.peak is its name here: write --set "
                          "training.schedule.peak=0.01."));
}

TEST(Suggestions, LookInTheGroupsAroundFirst) {
  EXPECT_THAT(alias_problems_of("model:\n  attention: {dim: 4}"),
              ElementsAre("a.yaml:2:15: model.attention.dim: unknown key. Fix: did you mean "
                          "model.dim? Then write dim: 4 in model (line 1)."));
  EXPECT_THAT(alias_problems_of("training: {training: 3}"),
              ElementsAre("a.yaml:1:12: training.training: unknown key. Fix: did you mean "
                          "training?"));
}

TEST(Shorthands, TellTheGroupToWrite) {
  EXPECT_THAT(alias_problems_of("training: {schedule: 0.01}"),
              ElementsAre("a.yaml:1:12: training.schedule: expected a group of keys, found '0.01'. "
                          "Fix: write schedule: {peak: 0.01, warmup: 0}."));
  EXPECT_THAT(alias_problems_of("training: {schedule: quick}"),
              ElementsAre("a.yaml:1:12: training.schedule: expected a group of keys, found "
                          "'quick'. Fix: write a group of keys."));
  EXPECT_THAT(alias_problems_of("model: post"),
              ElementsAre("a.yaml:1:1: model: expected a group of keys, found 'post'. Fix: write "
                          "model: {norm: post}."));
}

TEST(Shorthands, TellTheListToWrite) {
  EXPECT_THAT(alias_problems_of("data: {train: a.en}"),
              ElementsAre("a.yaml:1:8: data.train: expected a list, found 'a.en'. Fix: write "
                          "[{source: ...}]."));
  EXPECT_THAT(alias_problems_of("model: {levels: 3}"),
              ElementsAre("a.yaml:1:9: model.levels: expected a list, found '3'. Fix: write "
                          "[{heads: ..., clip: ...}]."));
}

}  // namespace
}  // namespace regard::config
