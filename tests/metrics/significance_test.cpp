#include "regard/metrics/significance.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/metrics/make_metric.h"

namespace regard {
namespace {

/// 50 sentences of which every `period`-th is right.
std::vector<Statistics> system(const Metric& metric, int period) {
  std::vector<Statistics> result;
  const std::string_view reference = "one two three four five";
  for (int i = 0; i < 50; ++i) {
    result.push_back(
        metric.sentence_statistics(i % period == 0 ? reference : "one two six", {&reference, 1}));
  }
  return result;
}

TEST(Bootstrap, SameSeedGivesTheSameIntervalAndAnotherSeedAnother) {
  const auto metric = make_bleu();
  const auto sentences = system(*metric, 2);
  const Confidence first = bootstrap_confidence(*metric, sentences);
  const Confidence again = bootstrap_confidence(*metric, sentences);
  const Confidence other = bootstrap_confidence(*metric, sentences, {.seed = 7});
  EXPECT_EQ(first.mean, again.mean);
  EXPECT_EQ(first.half_width, again.half_width);
  EXPECT_NE(first.mean, other.mean);
  EXPECT_GT(first.half_width, 1);
}

TEST(Bootstrap, SentencesThatAreAllAlikeHaveNoInterval) {
  const auto metric = make_chrf();
  const Confidence confidence = bootstrap_confidence(*metric, system(*metric, 1));
  EXPECT_NEAR(confidence.mean, 100, 1e-9);
  EXPECT_EQ(confidence.half_width, 0);
}

TEST(Bootstrap, SignatureNamesResamplesAndSeed) {
  const auto metric = make_bleu();
  const MetricScore score =
      score_with_confidence(*metric, system(*metric, 2), 1, {.num_resamples = 50});
  EXPECT_EQ(score.signature,
            "nrefs:1|bs:50|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
  ASSERT_TRUE(score.confidence.has_value());
  EXPECT_NEAR(score.confidence->mean, score.score, score.confidence->half_width);
}

TEST(PairedTest, EqualScoresOfDifferentTranslationsAreNoDifference) {
  const auto metric = make_bleu();
  const std::vector<std::string_view> references = {"one two three four five",
                                                    "the other five words are here"};
  std::vector<Statistics> first(20, metric->sentence_statistics(references[0], references));
  std::vector<Statistics> second(20, metric->sentence_statistics(references[1], references));
  ASSERT_NE(first, second);
  for (const auto test : {PairedTest::bootstrap, PairedTest::approximate_randomization}) {
    const PairedTestResult result = paired_test(*metric, first, second, 2, {.test = test});
    EXPECT_NEAR(result.baseline_score, 100, 1e-9);
    EXPECT_NEAR(result.system_score, 100, 1e-9);
    EXPECT_FALSE(result.is_different);
    EXPECT_EQ(result.p_value, 1);
  }
  const auto bad = system(*metric, 3);
  EXPECT_TRUE(paired_test(*metric, bad, system(*metric, 1), 1).is_different);
}

TEST(PairedTest, TellsSystemsApartOnlyWhenTheyDiffer) {
  for (const std::string& name : metric_names()) {
    const auto metric = make_metric(name);
    const auto good = system(*metric, 1);
    const auto bad = system(*metric, 3);
    for (const auto test : {PairedTest::bootstrap, PairedTest::approximate_randomization}) {
      EXPECT_LT(paired_test(*metric, bad, good, 1, {.test = test}).p_value, 0.01) << name;
      EXPECT_EQ(paired_test(*metric, good, good, 1, {.test = test}).p_value, 1) << name;
    }
  }
}

TEST(PairedTest, AChanceDifferenceIsNotSignificant) {
  const auto metric = make_bleu();
  auto baseline = system(*metric, 2);
  auto shifted = baseline;
  // The same sentences right and wrong but for two: one better, one worse, and one word of
  // difference.
  std::swap(shifted[0], shifted[1]);
  shifted[2] = shifted[3];
  for (const auto test : {PairedTest::bootstrap, PairedTest::approximate_randomization}) {
    const PairedTestResult result = paired_test(*metric, baseline, shifted, 1, {.test = test});
    EXPECT_GT(result.p_value, 0.05);
    EXPECT_GT(result.baseline_score, result.system_score);
  }
}

TEST(PairedTest, SignatureNamesTestTrialsAndSeed) {
  const auto metric = make_ter();
  const auto sentences = system(*metric, 2);
  EXPECT_EQ(
      paired_test(*metric, sentences, sentences, 2, {.test = PairedTest::approximate_randomization})
          .signature,
      "nrefs:2|ar:10000|seed:12345|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0");
  EXPECT_EQ(paired_test(*metric, sentences, sentences, 1, {.num_trials = 10, .seed = 1}).signature,
            "nrefs:1|bs:10|seed:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0");
}

TEST(PairedTest, DifferentOrNoSentencesAreRefused) {
  const auto metric = make_bleu();
  const auto sentences = system(*metric, 2);
  const std::vector<Statistics> fewer(sentences.begin(), sentences.begin() + 10);
  EXPECT_THROW(paired_test(*metric, sentences, fewer, 1), UserError);
  EXPECT_THROW(paired_test(*metric, {}, {}, 1), UserError);
  EXPECT_THROW(bootstrap_confidence(*metric, {}), UserError);
  EXPECT_THROW(bootstrap_confidence(*metric, sentences, {.num_resamples = 0}), UserError);
}

}  // namespace
}  // namespace regard
