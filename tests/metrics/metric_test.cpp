#include <algorithm>
#include <cmath>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "metrics/golden.h"

namespace regard {
namespace {

using ::testing::HasSubstr;

double score_of(const Metric& metric, const std::string& hypothesis, const std::string& reference) {
  ScoreAccumulator accumulator(metric);
  accumulator.add(hypothesis, reference);
  return accumulator.score().score;
}

template <class Call>
std::string metric_error_of(Call call) {
  try {
    call();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Bleu, ComputedByHand) {
  // 5 words against 6: precisions 5/5, 4/4, 3/3, 2/2, so only the brevity penalty exp(1 - 6/5) is
  // left.
  EXPECT_NEAR(score_of(*make_bleu(), "the cat sat on a", "the cat sat on a mat"),
              100 * std::exp(-0.2), 1e-9);
  // Precisions 3/4, 2/3, 1/2, and no match of order 4: half of one among one n-gram.
  EXPECT_NEAR(score_of(*make_bleu(), "a b c d", "a b c e"),
              100 * std::pow(3.0 / 4 * 2 / 3 * 1 / 2 * 1 / 2, 0.25), 1e-9);
}

TEST(Bleu, CountsAWordNoMoreOftenThanAReferenceHasIt) {
  const auto metric = make_bleu();
  const std::vector<std::string_view> references = {"the cat is on the mat",
                                                    "there is a cat on the mat"};
  const Statistics counts = metric->sentence_statistics("the the the the the the the", references);
  EXPECT_EQ(counts, (Statistics{7, 7, 2, 0, 0, 0, 7, 6, 5, 4}));
}

TEST(Bleu, TakesTheShorterOfTwoReferencesAsNear) {
  const std::vector<std::string_view> references = {"a b c d", "a b", "a b c d e f"};
  EXPECT_EQ(make_bleu()->sentence_statistics("a b c", references)[1], 2);
}

TEST(Bleu, EffectiveOrderGivesShortSentencesAScore) {
  EXPECT_EQ(score_of(*make_bleu(), "a b", "a b"), 0);
  EXPECT_NEAR(score_of(*make_bleu({.has_effective_order = true}), "a b", "a b"), 100, 1e-9);
}

TEST(Bleu, SmoothValueIsInTheSignature) {
  EXPECT_EQ(make_bleu({.smoothing = BleuSmoothing::floor})->settings(),
            "case:mixed|eff:no|tok:13a|smooth:floor[0.10]");
  EXPECT_EQ(make_bleu({.smoothing = BleuSmoothing::add_k, .smooth_value = 2.5})->settings(),
            "case:mixed|eff:no|tok:13a|smooth:add-k[2.50]");
}

TEST(Bleu, RefusesANegativeSmoothValue) {
  EXPECT_THROW(make_bleu({.smoothing = BleuSmoothing::floor, .smooth_value = -1}), UserError);
}

TEST(Chrf, ComputedByHand) {
  // "abc" against "abd", orders 1 to 3: matches 2 of 3, 1 of 2, 0 of 1 on both sides; orders 4 to 6
  // do not occur.
  EXPECT_NEAR(score_of(*make_chrf(), "a bc", "ab d"), 100 * (2.0 / 3 + 1.0 / 2) / 3, 1e-9);
}

TEST(Chrf, RefusesOrdersWithNothingToCount) {
  EXPECT_THROW(make_chrf({.character_order = 0}), UserError);
  EXPECT_THROW(make_chrf({.character_order = -1, .word_order = 2}), UserError);
  EXPECT_THROW(make_chrf({.beta = 0}), UserError);
}

TEST(Ter, ComputedByHand) {
  const auto metric = make_ter();
  EXPECT_EQ(score_of(*metric, "a b c d", "a b x d"), 25);      // one substitution of four words
  EXPECT_EQ(score_of(*metric, "c d e a b", "a b c d e"), 20);  // one shift, whatever its length
  EXPECT_EQ(score_of(*metric, "a b c d", "a b"), 100);         // two deletions of two words
  EXPECT_EQ(score_of(*metric, "", "a b"), 100);
  EXPECT_EQ(score_of(*metric, "a", ""), 100);
  EXPECT_EQ(score_of(*metric, "", ""), 0);
  EXPECT_EQ(score_of(*metric, "A B", "a b"), 0);
  EXPECT_EQ(score_of(*make_ter({.is_case_sensitive = true}), "A B", "a b"), 100);
}

TEST(Ter, DividesByTheMeanLengthOfTheReferences) {
  const std::vector<std::string_view> references = {"a b c", "a x y z"};
  EXPECT_EQ(make_ter()->sentence_statistics("a b c", references), (Statistics{0, 3.5}));
}

TEST(Metric, PerfectTranslationsScoreBest) {
  const std::string text = "A perfect translation, word by word.";
  for (const std::string& name : metric_names()) {
    const auto metric = make_metric(name);
    EXPECT_NEAR(score_of(*metric, text, text), metric->is_higher_better() ? 100 : 0, 1e-9) << name;
  }
}

TEST(Metric, BlankTranslationsScoreZeroNotNan) {
  const std::vector<std::string> hypotheses = {"", "  ", "\t\xE3\x80\x80"};
  for (const std::string name : {"bleu", "chrf", "chrf++"}) {
    const auto metric = make_metric(name);
    for (const std::string reference : {"some words here", ""}) {
      const std::vector<std::vector<std::string>> references = {{3, reference}};
      const MetricScore score = corpus_score(*metric, hypotheses, references);
      EXPECT_EQ(score.score, 0) << name;
      EXPECT_EQ(to_string(score).find("nan"), std::string::npos);
    }
  }
  EXPECT_THAT(
      to_string(corpus_score(*make_bleu(), hypotheses,
                             std::vector<std::vector<std::string>>{{3, "some words here"}})),
      HasSubstr(" = 0.00 0.0/0.0/0.0/0.0 (BP = 0.000 ratio = 0.000 hyp_len = 0 ref_len = 9)"));
}

TEST(Metric, InvalidUtf8IsCountedNotRefused) {
  for (const std::string& name : metric_names()) {
    const double score = score_of(*make_metric(name), "a \xFF\xC3 b c d e", "a b c d e");
    EXPECT_TRUE(std::isfinite(score)) << name;
    EXPECT_GT(score, 0) << name;
  }
}

TEST(Metric, UnknownNamesListTheChoices) {
  EXPECT_THAT(metric_error_of([] { make_metric("blue"); }), HasSubstr("bleu, chrf, chrf++, ter"));
  EXPECT_THAT(metric_error_of([] { parse_bleu_tokenizer("moses"); }),
              HasSubstr("13a, intl, char, zh, none"));
  EXPECT_THAT(metric_error_of([] { parse_bleu_smoothing(""); }),
              HasSubstr("exp, floor, add-k, none"));
}

TEST(Metric, NamesOfOptionsReadBackAsThemselves) {
  ASSERT_EQ(bleu_tokenizer_names().size(), 5U);
  ASSERT_EQ(bleu_smoothing_names().size(), 4U);
  for (const auto& name : bleu_tokenizer_names())
    EXPECT_EQ(to_string(parse_bleu_tokenizer(name)), name);
  for (const auto& name : bleu_smoothing_names())
    EXPECT_EQ(to_string(parse_bleu_smoothing(name)), name);
}

TEST(Corpus, LineCountsThatDifferAreNamed) {
  const std::vector<std::string> hypotheses(3, "a");
  const std::vector<std::vector<std::string>> one = {std::vector<std::string>(2, "a")};
  const std::vector<std::vector<std::string>> two = {hypotheses, std::vector<std::string>(1, "a")};
  const auto metric = make_bleu();
  EXPECT_THAT(metric_error_of([&] { corpus_score(*metric, hypotheses, one); }),
              HasSubstr("the hypothesis has 3 lines, but the reference has 2 lines"));
  EXPECT_THAT(metric_error_of([&] { corpus_statistics(*metric, hypotheses, two); }),
              HasSubstr("the hypothesis has 3 lines, but reference 2 has 1 line"));
}

TEST(Corpus, WithoutLinesOrReferencesIsRefused) {
  const auto metric = make_bleu();
  const std::vector<std::string> nothing;
  const std::vector<std::vector<std::string>> empty = {{}};
  EXPECT_THAT(metric_error_of([&] { corpus_score(*metric, nothing, empty); }),
              HasSubstr("0 lines"));
  EXPECT_THAT(metric_error_of([&] { corpus_score(*metric, nothing, {}); }),
              HasSubstr("no reference"));
  EXPECT_THAT(metric_error_of([&] { ScoreAccumulator(*metric).score(); }),
              HasSubstr("0 sentences"));
}

TEST(Corpus, SentenceBySentenceEqualsTheWhole) {
  const golden::Sentences golden = golden::sentences();
  std::vector<std::string> hypotheses;
  std::vector<std::vector<std::string>> references(1);
  for (std::size_t i = 0; i < 500; ++i) {
    hypotheses.push_back(golden.rows[i].hypothesis);
    references[0].push_back(golden.rows[i].references[0]);
  }
  for (const std::string& name : metric_names()) {
    const auto metric = make_metric(name);
    ScoreAccumulator accumulator(*metric);
    for (std::size_t i = 0; i < 500; ++i)
      accumulator.add(hypotheses[i], references[0][i]);
    EXPECT_EQ(accumulator.num_sentences(), 500);
    const MetricScore whole = corpus_score(*metric, hypotheses, references);
    EXPECT_GT(whole.score, 1) << name;
    EXPECT_EQ(to_string(accumulator.score(), 9), to_string(whole, 9));
  }
}

/// The least time of several scorings of that many lines, which is that of a quiet moment.
double seconds_to_score(const std::string& name, int lines) {
  std::vector<std::string> hypotheses;
  std::vector<std::vector<std::string>> references(1);
  for (int i = 0; i < lines; ++i) {
    std::string line;
    for (int w = 0; w < 25; ++w)
      line += str("word", (i * 7 + w * w) % 900, " ");
    references[0].push_back(line + "end.");
    hypotheses.push_back(line.substr(0, line.size() / 2) + "something else, " +
                         line.substr(line.size() / 2));
  }
  double least = 1e9;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t started = std::clock();  // CPU time: other work takes no part in it
    const MetricScore score = corpus_score(*make_metric(name), hypotheses, references);
    least = std::min(least, static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC);
    EXPECT_GT(score.score, 1);
  }
  return least;
}

TEST(Corpus, TakesTimeInProportionToItsLines) {
  // Four times the lines take four times as long, or 16 times if the growth is quadratic.
  for (const std::string& name : metric_names())
    EXPECT_LT(seconds_to_score(name, 800), 10 * seconds_to_score(name, 200)) << name;
}

TEST(MetricScore, TextHasTheIntervalAfterTheScore) {
  const MetricScore score{"BLEU", 28.604, "nrefs:1|version:2.6.0", "1/2/3/4",
                          Confidence{28.55, 0.449}};
  EXPECT_EQ(to_string(score), "BLEU|nrefs:1|version:2.6.0 = 28.60 (μ = 28.55 ± 0.45) 1/2/3/4");
  EXPECT_EQ(to_string({"TER", 50, "s", "", std::nullopt}, 1), "TER|s = 50.0");
}

}  // namespace
}  // namespace regard
