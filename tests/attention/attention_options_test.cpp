#include "regard/attention/attention_options.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/attention/attention.h"
#include "regard/config/reader.h"

namespace regard {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What is wrong with an attention group, one text per problem: "heads: 7 does not ... Fix: ...".
std::vector<std::string> problems_of(const std::string& yaml) {
  std::vector<Problem> problems;
  config::read<AttentionOptions>(config::parse_yaml(yaml, "a.yaml"), problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems)
    texts.push_back(to_string(problem));
  return texts;
}

/// A refused group; the one problem names the key, what is wrong with its value, and what helps.
struct Refused {
  std::string yaml, key, reason, fix;
};

void expect_refused(const std::vector<Refused>& all) {
  for (const Refused& refused : all) {
    EXPECT_THAT(problems_of(refused.yaml),
                ElementsAre(AllOf(HasSubstr(refused.key + ":"), HasSubstr(refused.reason),
                                  HasSubstr("Fix: " + refused.fix))))
        << refused.yaml;
  }
}

void expect_accepted(const std::vector<std::string>& all) {
  for (const std::string& yaml : all)
    EXPECT_THAT(problems_of(yaml), IsEmpty()) << yaml;
}

TEST(AttentionOptionsCheck, TheDefaultsAreInOrder) {
  expect_accepted({"{}", "heads: 4", "{heads: 1, project: none}", "project: none"});
}

TEST(AttentionOptionsCheck, SeveralHeadsNeedProjections) {
  expect_refused(
      {{"{heads: 4, project: none}", "heads", "4 heads need projections, but project is none",
        "use heads: 1, or project: qkv"}});
  expect_accepted({"{heads: 4, project: qkv}", "{heads: 4, project: auto}"});
}

TEST(AttentionOptionsCheck, KeysOfTheAdditiveScoreBelongToIt) {
  expect_refused({
      {"hidden: 32", "hidden",
       "is only used by score: additive or concat or mlp, not by scaled_dot",
       "remove it, or use score: additive or concat or mlp"},
      {"{score: general, hidden: 32}", "hidden",
       "is only used by score: additive or concat or mlp, not by general",
       "remove it, or use score: additive or concat or mlp"},
      {"{score: cosine, activation: elu}", "activation",
       "is only used by score: additive or concat or mlp, not by cosine",
       "remove it, or use score: additive or concat or mlp"},
  });
  for (const std::string score : {"additive", "concat", "mlp"})
    expect_accepted({"{score: " + score + ", hidden: 32, activation: elu}"});
  expect_accepted({"{score: cosine, activation: tanh, hidden: 0}"});
}

TEST(AttentionOptionsCheck, AWindowBelongsToLocalAlignments) {
  for (const std::string align : {"local_m", "local_p"}) {
    expect_refused(
        {{"align: " + align, "window", align + " needs a window", "set it, for example to 10"}});
    expect_accepted({"{align: " + align + ", window: 1}"});
  }
  expect_refused({
      {"window: 5", "window", "is only used by align: local_m or local_p, not by softmax",
       "remove it, or use align: local_m or local_p"},
      {"{align: hard, window: 5}", "window",
       "is only used by align: local_m or local_p, not by hard",
       "remove it, or use align: local_m or local_p"},
  });
}

TEST(AttentionOptionsCheck, ALongestSourceBelongsToTheLocationScore) {
  expect_refused({
      {"max_source: 50", "max_source", "is only used by score: location, not by scaled_dot",
       "remove it, or use score: location"},
      {"score: location", "max_source", "the location score needs a maximum source length",
       "set it, for example to 256"},
      {"{score: location, max_source: 50, heads: 2}", "heads",
       "the location score requires one head, not 2", "use heads: 1"},
      {"{score: location, max_source: 50, clip: 2}", "clip", "the location score cannot be clipped",
       "remove it"},
  });
  expect_accepted({"{score: location, max_source: 50}",
                   "{score: location, max_source: 50, heads: 1, project: none}",
                   "{score: location, max_source: 50, align: local_p, window: 3}"});
}

TEST(AttentionOptionsCheck, ALongestDistanceBelongsToShaw) {
  for (const std::string position : {"none", "rope", "alibi"}) {
    expect_refused({{"{position: " + position + ", max_distance: 8}", "max_distance",
                     "is only used by position: shaw, not by " + position,
                     "remove it, or use position: shaw"}});
    expect_accepted({"{position: " + position + ", max_distance: 16}"});
  }
  expect_accepted({"{position: shaw, max_distance: 8}"});
}

TEST(AttentionOptionsCheck, FeaturesNeedAnAdditiveSoftmaxOfOneHead) {
  expect_refused({
      {"granularity: feature", "granularity", "feature requires score: additive, not scaled_dot",
       "use score: additive, or granularity: head"},
      {"{score: additive, granularity: feature, align: hard}", "granularity",
       "feature requires align: softmax, not hard", "use align: softmax, or granularity: head"},
      {"{score: additive, granularity: feature, heads: 2}", "heads",
       "2 heads: each feature already has its own distribution", "use heads: 1"},
      {"{score: additive, granularity: feature, position: alibi}", "position",
       "alibi requires granularity: head", "use position: none, or granularity: head"},
  });
  for (const std::string layer : {"hidden: 8", "activation: elu"}) {
    expect_refused(
        {{"{score: additive, granularity: feature, clip: 5, " + layer + "}", "clip",
          "with granularity: feature the clipped sum is the score, without a hidden layer",
          "remove hidden and activation, or clip"}});
    expect_accepted({"{score: additive, granularity: feature, " + layer + "}",
                     "{score: additive, clip: 5, " + layer + "}"});
  }
  expect_accepted({"{score: concat, granularity: feature}", "{score: mlp, granularity: feature}",
                   "{score: additive, granularity: feature, heads: 1, clip: 5}",
                   "{score: additive, granularity: feature, project: none, mask: forward}"});
}

TEST(AttentionOptionsCheck, PositionsGoWithTheScoresTheyBelongTo) {
  for (const std::string score : {"general", "additive", "concat"}) {
    expect_refused({
        {"{position: rope, score: " + score + "}", "position",
         "rope rotates queries and keys, which score " + score + " mixes",
         "use score: scaled_dot, or another position"},
        {"{position: shaw, score: " + score + "}", "position",
         "shaw requires a dot product, not " + score, "use score: scaled_dot, or another position"},
    });
    expect_accepted({"{position: alibi, score: " + score + "}"});
  }
  expect_refused(
      {{"{position: shaw, score: cosine}", "position", "shaw requires a dot product, not cosine",
        "use score: scaled_dot, or another position"}});
  expect_accepted({"{position: rope, score: cosine}", "{position: rope, score: dot}",
                   "{position: shaw, score: dot}", "{position: rope, score: scaled_dot}"});
}

TEST(AttentionOptionsCheck, SharedHeadsDivideTheHeads) {
  expect_refused({
      {"{heads: 8, key_value_heads: 3}", "key_value_heads", "3 does not divide heads = 8", "use 2"},
      {"{heads: 6, key_value_heads: 5}", "key_value_heads", "5 does not divide heads = 6", "use 6"},
      {"{heads: 4, key_value_heads: 8}", "key_value_heads", "8 does not divide heads = 4", "use 4"},
      {"key_value_heads: 3", "key_value_heads", "3 does not divide heads = 8", "use 2"},
      {"{project: none, key_value_heads: 2}", "key_value_heads", "2 does not divide heads = 1",
       "use 1"},
      {"{heads: 8, key_value_heads: 2, score: additive}", "key_value_heads",
       "score additive has parameters per key head", "remove it, or use score: scaled_dot"},
      {"{heads: 8, key_value_heads: 2, score: general}", "key_value_heads",
       "score general has parameters per key head", "remove it, or use score: scaled_dot"},
  });
  expect_accepted({"{heads: 8, key_value_heads: 2}", "{heads: 8, key_value_heads: 8}",
                   "key_value_heads: 4", "{heads: 8, key_value_heads: 1, score: cosine}",
                   "{heads: 8, key_value_heads: 8, score: additive}",
                   "{heads: 4, key_value_heads: 2, score: dot, position: shaw}"});
}

TEST(AttentionOptionsCheck, TellsEveryProblemAtOnce) {
  EXPECT_THAT(problems_of("{hidden: 3, window: 2, max_source: 4, max_distance: 5}"),
              testing::UnorderedElementsAre(HasSubstr("hidden:"), HasSubstr("window:"),
                                            HasSubstr("max_source:"), HasSubstr("max_distance:")));
}

TEST(AttentionOptionsCheck, RefusesWordsAndNumbersOutOfRange) {
  for (const std::string yaml :
       {"score: product", "align: soft", "position: sinusoidal", "granularity: word",
        "project: all", "activation: relu", "heads: -1", "key_value_heads: -1", "clip: -1",
        "max_distance: 0", "window: -1", "{hard: {temperature: 0}, align: hard}",
        "{hard: {threshold: 1.5, select: threshold}, align: hard}",
        "{hard: {mix_soft: 1.1, select: sample}, align: hard}",
        "{hard: {baseline_decay: 1, select: sample}, align: hard}",
        "{hard: {select: draw}, align: hard}", "{hard: {inference: sample}, align: hard}"}) {
    EXPECT_THAT(problems_of(yaml), testing::SizeIs(1)) << yaml;
  }
}

TEST(HardOptionsCheck, KeysOfASampleBelongToIt) {
  for (const std::string key : {"mix_soft", "baseline_decay", "reward", "entropy"}) {
    for (const std::string select : {"gumbel", "threshold"}) {
      expect_refused({{"{align: hard, hard: {select: " + select + ", " + key + ": 0.25}}", key,
                       "is only used by select: sample, not by " + select,
                       "remove it, or use select: sample"}});
    }
    expect_accepted({"{align: hard, hard: {select: sample, " + key + ": 0.25}}"});
  }
  expect_accepted({"{align: hard}", "{align: hard, hard: {select: gumbel, temperature: 0.5}}",
                   "{align: hard, hard: {select: threshold, threshold: 0.2}}",
                   "{align: hard, hard: {select: sample, inference: expected}}",
                   "{align: hard, hard: {mix_soft: 0.5, reward: 0.1}}"});
}

TEST(HardOptionsCheck, KeysOfOtherChoicesAndAlignmentsAreRefused) {
  expect_refused({
      {"{hard: {temperature: 0.5}}", "hard", "is only used by align: hard, not by softmax",
       "remove it, or use align: hard"},
      {"{align: hard, hard: {select: threshold, temperature: 0.5}}", "temperature",
       "is only used by select: gumbel, not by threshold", "remove it, or use select: gumbel"},
      {"{align: hard, hard: {threshold: 0.2}}", "threshold",
       "is only used by select: threshold, not by gumbel", "remove it, or use select: threshold"},
      {"{align: hard, hard: {select: threshold, inference: expected}}", "inference",
       "is only used by select: sample or gumbel, not by threshold",
       "remove it, or use select: sample or gumbel"},
  });
}

/// Every group that the checks let pass makes an attention that runs.
TEST(AttentionOptionsCheck, WhatItAcceptsCanBeMade) {
  for (const std::string& score : score_names_and_aliases()) {
    for (const std::string& align : align_names()) {
      for (const std::string& position : position_names()) {
        for (const Granularity granularity : {Granularity::head, Granularity::feature}) {
          const bool is_local = align.starts_with("local");
          const std::string yaml =
              "{score: " + score + ", align: " + align + ", position: " + position +
              ", granularity: " + config::word_of(granularity) + (is_local ? ", window: 2" : "") +
              (score == "location" ? ", max_source: 3" : "") + "}";
          if (!problems_of(yaml).empty()) continue;
          const auto options = config::read<AttentionOptions>(config::parse_yaml(yaml, "a.yaml"));
          Attention attention(options, AttentionSizes{16, 16, 0.0});
          const torch::Tensor x = torch::ones({2, 5, 16});
          const ForwardContext evaluation;
          const AttentionResult result = attention->attend_self(x, {}, {evaluation, true, 0});
          EXPECT_EQ(result.context.sizes(), x.sizes()) << yaml;
        }
      }
    }
  }
}

TEST(Resolved, ChoosesTheHeads) {
  AttentionOptions options;
  EXPECT_EQ(resolved(options).heads, 8);
  EXPECT_EQ(resolved(options, true).heads, 1);
  options.project = AttentionProjection::none;
  EXPECT_EQ(resolved(options).heads, 1);
  options = {};
  options.granularity = Granularity::feature;
  EXPECT_EQ(resolved(options).heads, 1);
  options = {};
  options.score = "location";
  EXPECT_EQ(resolved(options).heads, 1);
  for (const std::int64_t heads : {1, 3, 16}) {
    options = {};
    options.heads = heads;
    EXPECT_EQ(resolved(options).heads, heads);
    EXPECT_EQ(resolved(options, true).heads, heads);
  }
}

TEST(Resolved, ChoosesTheProjections) {
  AttentionOptions options;
  EXPECT_EQ(resolved(options).project, AttentionProjection::qkv);
  EXPECT_EQ(resolved(options, true).project, AttentionProjection::none);
  options.heads = 4;
  EXPECT_EQ(resolved(options, true).project, AttentionProjection::qkv);
  options.heads = 1;
  EXPECT_EQ(resolved(options).project, AttentionProjection::qkv);
  EXPECT_EQ(resolved(options, true).project, AttentionProjection::none);
  for (const auto project : {AttentionProjection::qkv, AttentionProjection::none}) {
    options.project = project;
    EXPECT_EQ(resolved(options).project, project);
    EXPECT_EQ(resolved(options, true).project, project);
  }
}

TEST(Resolved, StaysAsItIs) {
  for (const bool is_step : {false, true}) {
    AttentionOptions options;
    options.score = "general";
    options.clip = 2.0;
    const AttentionOptions once = resolved(options, is_step);
    for (const bool again : {false, true}) {
      const AttentionOptions twice = resolved(once, again);
      EXPECT_EQ(twice.heads, once.heads);
      EXPECT_EQ(twice.project, once.project);
      EXPECT_EQ(twice.score, "general");
      EXPECT_EQ(twice.clip, 2.0);
    }
  }
}

}  // namespace
}  // namespace regard
