#include "regard/config/reader.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/example_options.h"

namespace regard::config {
namespace {

using example::Options;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Options read_text(const std::string& text) {
  return read<Options>(parse_yaml("output: out\n" + text, "a.yaml"));
}

/// The problems of a text whose first line is line 1.
std::vector<std::string> problems_of(const std::string& text) {
  std::vector<Problem> problems;
  read<Options>(parse_yaml(text + "\noutput: out\n", "a.yaml"), problems);
  std::vector<std::string> lines;
  for (const Problem& problem : problems) {
    lines.push_back(to_string(problem));
  }
  return lines;
}

/// The one problem of `training: {...}`, without its place and key.
std::string value_problem(const std::string& key, const std::string& value) {
  const std::vector<std::string> lines = problems_of("training: {" + key + ": " + value + "}");
  if (lines.size() != 1) return "problems: " + std::to_string(lines.size());
  const std::string head = "a.yaml:1:12: training." + key + ": ";
  return lines[0].starts_with(head) ? lines[0].substr(head.size()) : lines[0];
}

/// The one problem of `training: {schedule: {...}}`, without its place and key.
std::string schedule_problem(const std::string& key, const std::string& value) {
  const std::vector<std::string> lines =
      problems_of("training: {schedule: {" + key + ": " + value + "}}");
  if (lines.size() != 1) return "problems: " + std::to_string(lines.size());
  const std::string head = "a.yaml:1:23: training.schedule." + key + ": ";
  return lines[0].starts_with(head) ? lines[0].substr(head.size()) : lines[0];
}

TEST(ReadConfig, MissingKeysKeepTheirDefaults) {
  const Options options = read_text("");
  EXPECT_EQ(options.output, "out");
  EXPECT_EQ(options.seed, 1);
  EXPECT_EQ(options.training.schedule.type, "inverse_sqrt");
  EXPECT_EQ(options.training.clip_norm, 1.0);
  EXPECT_FALSE(options.model.attention.has_value());
}

TEST(ReadConfig, ReadsEveryKindOfValue) {
  const Options options = read_text(R"(
seed: -7
data:
  train:
    - {source: a.en, weight: 2, tag: ">>de<<"}
    - source: "8"
model:
  norm: none
  kernels: [1, 3, 5]
  attention: {heads: 4, clip: .5}
  levels: [{}, {heads: 2}]
training:
  precision: auto
  metrics: []
  is_quiet: true
  max_updates: 9223372036854775807
  schedule: {type: 'constant', peak: 1e-3, warmup: -0}
)");
  EXPECT_EQ(options.seed, -7);
  ASSERT_EQ(options.data.train.size(), 2U);
  EXPECT_EQ(options.data.train[0].weight, 2.0);
  EXPECT_EQ(options.data.train[0].tag, ">>de<<");
  EXPECT_EQ(options.data.train[1].source, "8");
  EXPECT_EQ(options.data.train[1].weight, 1.0);
  EXPECT_EQ(options.model.norm, example::NormPlacement::none);
  EXPECT_THAT(options.model.kernels, ElementsAre(1, 3, 5));
  ASSERT_TRUE(options.model.attention.has_value());
  EXPECT_EQ(options.model.attention->clip, 0.5);
  EXPECT_EQ(options.model.levels.size(), 2U);
  EXPECT_EQ(options.model.levels[0].heads, 8);
  EXPECT_THAT(options.training.metrics, IsEmpty());
  EXPECT_TRUE(options.training.is_quiet);
  EXPECT_EQ(options.training.max_updates, INT64_MAX);
  EXPECT_EQ(options.training.schedule.peak, 1e-3);
  EXPECT_EQ(options.training.schedule.warmup, 0);
}

TEST(ReadConfig, NoneAndEmptyBracesOfOptionals) {
  const Options options = read_text("model: {attention: {}}\ntraining: {clip_norm: none}\n");
  ASSERT_TRUE(options.model.attention.has_value());
  EXPECT_EQ(options.model.attention->heads, 8);
  EXPECT_FALSE(options.training.clip_norm.has_value());
  EXPECT_FALSE(read_text("model: {attention: none}").model.attention.has_value());
  EXPECT_THAT(value_problem("clip_norm", "'none'"), HasSubstr("is not a number"));
  EXPECT_THAT(problems_of("model: {attention: 'none'}"),
              ElementsAre(HasSubstr("model.attention: found the text 'none' in quotation marks. "
                                    "Fix: write none without them.")));
}

TEST(ReadConfig, PlainWordsAreTextsWhereATextIsExpected) {
  EXPECT_EQ(read_text("data: {train: [{source: no}]}").data.train[0].source, "no");
  EXPECT_EQ(read_text("data: {train: [{source: 010}]}").data.train[0].source, "010");
}

TEST(ReadConfig, IntegersAreDecimalAndPlain) {
  EXPECT_EQ(value_problem("max_updates", "010"), "'010' is not a whole number. Fix: write 10.");
  EXPECT_EQ(value_problem("max_updates", "1_000"),
            "'1_000' is not a whole number. Fix: write 1000.");
  EXPECT_EQ(value_problem("max_updates", "+5"), "'+5' is not a whole number. Fix: write 5.");
  EXPECT_EQ(value_problem("max_updates", "1e3"), "'1e3' is not a whole number. Fix: write 1000.");
  EXPECT_EQ(value_problem("max_updates", "4000.0"),
            "'4000.0' is not a whole number. Fix: write 4000.");
  EXPECT_EQ(value_problem("max_updates", "0x10"),
            "'0x10' is not a whole number. Fix: write a whole number, such as 4000.");
  EXPECT_EQ(value_problem("max_updates", "1.5"),
            "'1.5' is not a whole number. Fix: write a whole number, such as 4000.");
  EXPECT_EQ(value_problem("max_updates", "'8'"),
            "'8' is not a whole number (a quoted text). Fix: write 8 without quotes.");
  EXPECT_EQ(value_problem("max_updates", "9223372036854775808"),
            "'9223372036854775808' does not fit in 64 bits. Fix: use a smaller number.");
  for (const char* text :
       {"many", "1e400", "1e300", "0b1", "true", "1:30", "--1", "-", "_", "1e3x", "\"\""}) {
    EXPECT_THAT(value_problem("max_updates", text), HasSubstr("is not a whole number")) << text;
  }
}

TEST(ReadConfig, NumbersAreFiniteDecimals) {
  EXPECT_EQ(schedule_problem("peak", ".nan"), "'.nan' is not allowed. Fix: use a finite number.");
  EXPECT_EQ(schedule_problem("peak", "-.Inf"), "'-.Inf' is not allowed. Fix: use a finite number.");
  EXPECT_EQ(schedule_problem("peak", "nan"), "'nan' is not allowed. Fix: use a finite number.");
  EXPECT_EQ(schedule_problem("peak", "1e999"),
            "'1e999' is out of the range of a double. Fix: use a number closer to 1.");
  EXPECT_THAT(schedule_problem("peak", "1e-400"), HasSubstr("out of the range of a double"));
  EXPECT_EQ(schedule_problem("peak", "\"0.1\""),
            "'0.1' is not a number (a quoted text). Fix: write 0.1 without quotes.");
  for (const char* text :
       {"high", "1e", "0x1p3", "1e+", ".", "-", "00.5", "1.5.5", "1_0.0", "1.0f", "e5"}) {
    EXPECT_THAT(schedule_problem("peak", text),
                HasSubstr("is not a number. Fix: write a decimal number"))
        << text;
  }
  for (const char* text : {"0.5", ".5", "5e-1", "0.5E0", "0.50"}) {
    EXPECT_EQ(
        read_text(std::string("training: {schedule: {peak: ") + text + "}}").training.schedule.peak,
        0.5);
  }
}

TEST(ReadConfig, BooleansAreTrueOrFalse) {
  EXPECT_EQ(value_problem("is_quiet", "yes"), "'yes' is not true or false. Fix: write true.");
  EXPECT_EQ(value_problem("is_quiet", "Off"), "'Off' is not true or false. Fix: write false.");
  EXPECT_EQ(value_problem("is_quiet", "1"), "'1' is not true or false. Fix: write true or false.");
  EXPECT_EQ(value_problem("is_quiet", "'true'"),
            "'true' is not true or false (a quoted text). Fix: write true without quotes.");
}

TEST(ReadConfig, WordsAreThoseOfTheEnum) {
  EXPECT_EQ(value_problem("precision", "bfloat61"),
            "'bfloat61' is not one of auto, float32, bfloat16. Fix: use bfloat16.");
  EXPECT_EQ(value_problem("precision", "quick"),
            "'quick' is not one of auto, float32, bfloat16. Fix: use one of them.");
  EXPECT_EQ(schedule_problem("type", "constnat"),
            "'constnat' is not one of inverse_sqrt, constant. Fix: use constant.");
}

TEST(ReadConfig, ValuesWithoutAValue) {
  EXPECT_EQ(value_problem("max_updates", "~"),
            "has no value. Fix: write a value, or remove the key for the default.");
  EXPECT_EQ(
      problems_of("data:\n"),
      std::vector<std::string>{
          "a.yaml:1:1: data: has no value. Fix: write {} for the defaults, or remove the key."});
  EXPECT_THAT(value_problem("metrics", "null"), HasSubstr("write [] for an empty list"));
  EXPECT_THAT(schedule_problem("type", ""), HasSubstr("write \"\" for an empty text"));
}

TEST(ReadConfig, ShapesMustFit) {
  EXPECT_EQ(value_problem("metrics", "bleu"), "expected a list, found 'bleu'. Fix: write [bleu].");
  EXPECT_EQ(value_problem("is_quiet", "[true]"),
            "expected true or false, found a list. Fix: write true or false.");
  EXPECT_EQ(value_problem("schedule", "[]"),
            "expected a group of keys, found a list. Fix: write a group of keys.");
  EXPECT_EQ(value_problem("max_updates", "{a: 1}"),
            "expected a whole number, found a group of keys. Fix: write a whole number.");
  EXPECT_EQ(value_problem("schedule", "none"),
            "expected a group of keys, found 'none'. Fix: write a group of keys.");
}

TEST(ReadConfig, LimitsNameTheAllowedRange) {
  EXPECT_EQ(value_problem("max_updates", "0"),
            "0 is out of range (allowed: at least 1). Fix: use a number that is at least 1.");
  EXPECT_EQ(schedule_problem("peak", "0"),
            "0.0 is out of range (allowed: above 0 and below 1). Fix: use a number that is above 0 "
            "and below 1.");
  EXPECT_THAT(schedule_problem("peak", "1"), HasSubstr("1.0 is out of range"));
  EXPECT_EQ(
      problems_of("model: {kernels: [9, 10, 1, 0]}"),
      (std::vector<std::string>{"a.yaml:1:22: model.kernels[1]: 10 is out of range (allowed: "
                                "between 1 and 9). Fix: use a number that is between 1 and 9.",
                                "a.yaml:1:29: model.kernels[3]: 0 is out of range (allowed: "
                                "between 1 and 9). Fix: use a number that is between 1 and 9."}));
  EXPECT_EQ(problems_of("model: {kernels: []}"),
            std::vector<std::string>{
                "a.yaml:1:9: model.kernels: 0 items (allowed: at least 1 item). Fix: add items."});
  EXPECT_EQ(problems_of("model: {dim: 7, heads: 7}"),
            std::vector<std::string>{"a.yaml:1:9: model.dim: 7 is not allowed (allowed: an even "
                                     "number). Fix: use an even number."});
  EXPECT_THAT(value_problem("metrics", "[chrf, belu]"),
              HasSubstr("'belu' is not one of bleu, chrf. Fix: use bleu."));
  EXPECT_EQ(problems_of("model: {attention: {clip: 0}}").size(), 1U);
}

TEST(ReadConfig, RequiredKeysMustBeGiven) {
  std::vector<Problem> problems;
  read<Options>(parse_yaml("data:\n  train:\n    - {weight: 2}\n    - source: ''\n", "a.yaml"),
                problems);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(to_string(problems[0]),
            "a.yaml:3:7: data.train[0].source: must be given. Fix: add it: The file.");
  EXPECT_EQ(to_string(problems[1]),
            "a.yaml:4:7: data.train[1].source: must not be empty. Fix: write a text.");
  EXPECT_EQ(to_string(problems[2]),
            "a.yaml: output: must be given. Fix: add it: The model directory.");
}

TEST(ReadConfig, ReportsEveryUnknownKeyWithPlaceAndSuggestion) {
  EXPECT_EQ(
      problems_of("training:\n  schedule:\n    warmpu: 1\n  warmup: 2\n  schedule_type: x\nmodle: "
                  "{}\nwarmup.x: 1"),
      (std::vector<std::string>{
          "a.yaml:3:5: training.schedule.warmpu: unknown key. Fix: did you mean "
          "training.schedule.warmup?",
          "a.yaml:4:3: training.warmup: unknown key. Fix: did you mean training.schedule.warmup? "
          "Then write warmup: 2 in training.schedule (line 2).",
          "a.yaml:5:3: training.schedule_type: unknown key. Fix: did you mean "
          "training.schedule.type? Then write type: inverse_sqrt in training.schedule (line 2).",
          "a.yaml:6:1: modle: unknown key. Fix: did you mean model?",
          "a.yaml:7:1: warmup.x: unknown key. Fix: nest the keys instead of writing dots."}));
  EXPECT_EQ(
      problems_of("data: {train: [{source: x, wieght: 1, zzz: 2}]}"),
      (std::vector<std::string>{
          "a.yaml:1:28: data.train[0].wieght: unknown key. Fix: did you mean data.train[0].weight?",
          "a.yaml:1:39: data.train[0].zzz: unknown key. Fix: remove it, or use one of source, "
          "weight, tag."}));
}

TEST(ReadConfig, ChecksSpeakOfTheWrittenKeyOrItsParent) {
  EXPECT_EQ(problems_of("model:\n  dim: 512\n  heads: 7\n"),
            std::vector<std::string>{
                "a.yaml:3:3: model.heads: 7 does not divide model.dim = 512. Fix: use 8."});
  EXPECT_EQ(problems_of("model: {dim: 100}"),
            std::vector<std::string>{
                "a.yaml:1:1: model.heads: 8 does not divide model.dim = 100. Fix: use 8."});
  EXPECT_EQ(
      problems_of("model:\n  dim: 8\n  levels:\n    - {}\n    - heads: 16\n"),
      std::vector<std::string>{"a.yaml:5:7: model.levels[1].heads: more heads than dimensions."});
}

TEST(ReadConfig, ChecksWaitForCleanFields) {
  EXPECT_EQ(problems_of("model: {dim: 512, heads: 7, norm: up}").size(), 1U);
  EXPECT_EQ(problems_of("model: {dim: 512, heads: 7, nrom: pre}").size(), 1U);
  EXPECT_EQ(problems_of("model: {dim: 512, heads: 7}\nseed: x").size(), 2U);
}

TEST(ReadConfig, SortsAllProblemsByPlace) {
  Document document = parse_yaml("seed: x\ntraining: {is_quiet: 1}\nseed: 2\nother: 1\n", "a.yaml");
  document.set("model.heads=0");
  try {
    read<Options>(document);
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_STREQ(
        error.what(),
        "a.yaml:1:1: seed: 'x' is not a whole number. Fix: write a whole number, such as 4000.\n"
        "a.yaml:2:12: training.is_quiet: '1' is not true or false. Fix: write true or false.\n"
        "a.yaml:3:1: seed: duplicate key (first at line 1). Fix: keep one of the two.\n"
        "a.yaml:4:1: other: unknown key. Fix: remove it, or use one of output, seed, data, model, "
        "training.\n"
        "a.yaml: output: must be given. Fix: add it: The model directory.\n"
        "--set model.heads=0: model.heads: 0 is out of range (allowed: at least 1). Fix: use a "
        "number that is at least 1.");
  }
}

TEST(ReadConfig, ThousandsOfUnknownKeysAreQuick) {
  std::string text;
  for (int i = 0; i < 50000; ++i) {
    text += "unknown_" + std::to_string(i) + ": 1\n";
  }
  EXPECT_EQ(problems_of(text).size(), 50000U);
}

}  // namespace
}  // namespace regard::config
