#include "regard/metrics/answers.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/metrics/make_metric.h"
#include "regard/metrics/significance.h"

#include "metrics/golden.h"

namespace regard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

constexpr double kAnswerTolerance = 1e-9;  // of percentages; a coefficient of 1 with 1e-11

/// A row of answers.tsv.
struct Case {
  std::string metric;
  double score = 0;
  Lines answers;
  Lines right;
};

std::vector<Case> golden_cases() {
  std::vector<Case> cases;
  for (const golden::Fields& fields : golden::records("answers.tsv")) {
    Case& next = cases.emplace_back(Case{fields.at(0), std::stod(fields.at(1)), {}, {}});
    for (std::size_t i = 2; i + 1 < fields.size(); i += 2) {
      next.answers.push_back(fields[i]);
      next.right.push_back(fields[i + 1]);
    }
  }
  return cases;
}

std::unique_ptr<Metric> metric_for(const Case& each) {
  MetricOptions options;
  options.labels = labels_of_answers(each.metric, std::vector<Lines>{each.answers, each.right});
  return make_metric(each.metric, options);
}

double score_of_lines(const Metric& metric, const Lines& answers, const Lines& right) {
  const std::vector<Lines> references = {right};
  return corpus_score(metric, answers, references).score;
}

template <class Call>
std::string answer_error_of(Call call) {
  try {
    call();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(AnswerGoldens, ScoresAreThoseOfScikitLearnScipyAndConlleval) {
  std::map<std::string, int> compared;
  double largest = 0;
  const std::vector<Case> cases = golden_cases();
  for (const Case& each : cases) {
    ASSERT_FALSE(each.answers.empty());
    const double score = score_of_lines(*metric_for(each), each.answers, each.right);
    ASSERT_TRUE(std::isfinite(score)) << each.metric;
    EXPECT_NEAR(score, each.score, kAnswerTolerance * std::max(1.0, std::abs(each.score) / 100))
        << each.metric << ": " << each.answers[0] << " / " << each.right[0];
    largest = std::max(largest, std::abs(score - each.score) / std::max(1.0, std::abs(each.score)));
    ++compared[each.metric];
  }
  for (const std::string& name : answer_metric_names())
    EXPECT_GE(compared[name], 15) << name;
  std::cout << cases.size() << " scores, largest relative difference " << largest << "\n";
}

TEST(AnswerGoldens, LabelsHaveTheirOwnShares) {
  const std::vector<Case> cases = golden_cases();
  int compared = 0;
  for (const golden::Fields& fields : golden::records("answer_labels.tsv")) {
    const Case& each = cases.at(std::stoul(fields.at(1)));
    ASSERT_EQ(each.metric, fields.at(0));
    const auto metric = metric_for(each);
    Statistics total;
    for (const Statistics& line :
         corpus_statistics(*metric, each.answers, std::vector<Lines>{each.right}))
      add_statistics(total, line);
    const std::vector<LabelScore> scores = metric->label_scores(total);
    const auto found = std::find_if(scores.begin(), scores.end(), [&](const LabelScore& score) {
      return score.label == fields.at(2);
    });
    ASSERT_NE(found, scores.end()) << fields.at(2);
    EXPECT_NEAR(found->precision, std::stod(fields.at(3)), kAnswerTolerance);
    EXPECT_NEAR(found->recall, std::stod(fields.at(4)), kAnswerTolerance);
    EXPECT_NEAR(found->f1, std::stod(fields.at(5)), kAnswerTolerance);
    EXPECT_EQ(found->num_right, std::stod(fields.at(6)));
    EXPECT_EQ(found->num_answered, std::stod(fields.at(7)));
    EXPECT_EQ(found->num_expected, std::stod(fields.at(8)));
    ++compared;
  }
  EXPECT_GE(compared, 300);
}

TEST(AnswerMetrics, SharesOfNothingAreZero) {
  const Lines blank = {"", " \t"};
  EXPECT_EQ(score_of_lines(*make_set_f1(), blank, blank), 0);
  EXPECT_EQ(score_of_lines(*make_span_f1(), blank, blank), 0);
  EXPECT_EQ(score_of_lines(*make_label_f1(), blank, blank), 0);
  EXPECT_EQ(score_of_lines(*make_tag_accuracy(), blank, blank), 0);
  EXPECT_EQ(score_of_lines(*make_span_f1(), {"O O"}, {"O O"}), 0);
  EXPECT_EQ(score_of_lines(*make_label_f1(), {"O _"}, {"_ O"}), 0);
}

TEST(AnswerMetrics, ConstantAnswersCorrelateWithNothing) {
  EXPECT_EQ(score_of_lines(*make_pearson(), {"0.1", "0.1", "0.1"}, {"1", "2", "3"}), 0);
  EXPECT_EQ(score_of_lines(*make_pearson(), {"1", "2", "3"}, {"0.3", "0.3", "0.3"}), 0);
  EXPECT_EQ(score_of_lines(*make_pearson(), {"5"}, {"5"}), 0);
  // A difference of a ten-millionth is rounding to a metric of sums, and one of 1e-5 is not.
  EXPECT_EQ(score_of_lines(*make_pearson(), {"1", "1.0000001"}, {"1", "2"}), 0);
  EXPECT_NEAR(score_of_lines(*make_pearson(), {"1", "1.00001"}, {"1", "2"}), 100, 1e-3);
  EXPECT_EQ(score_of_lines(*make_matthews({"a", "b"}), {"a", "a"}, {"a", "b"}), 0);
  EXPECT_EQ(score_of_lines(*make_matthews({"a", "b"}), {"a", "b"}, {"a", "a"}), 0);
}

TEST(AnswerMetrics, ComputedByHand) {
  // Labels a (tp 1, fp 1, fn 0) and b (tp 1, fp 0, fn 1): F1 2/3 each; c never occurs.
  const Lines answers = {"a", "a", "b"};
  const Lines right = {"a", "b", "b"};
  const Lines labels = {"a", "b", "c"};
  EXPECT_NEAR(score_of_lines(*make_accuracy(), answers, right), 200.0 / 3, 1e-12);
  EXPECT_NEAR(score_of_lines(*make_class_f1(F1Average::micro, {}), answers, right), 200.0 / 3,
              1e-12);
  EXPECT_NEAR(score_of_lines(*make_class_f1(F1Average::macro, labels), answers, right), 200.0 / 3,
              1e-12);
  // (1·1 - 0·1) / sqrt(2·1·1·2) of the two-by-two table.
  EXPECT_NEAR(score_of_lines(*make_matthews(labels), answers, right), 50, 1e-12);
  EXPECT_NEAR(score_of_lines(*make_mean_squared_error(), {"1", "2.5"}, {"2", "+2"}), 0.625, 1e-12);
  // Type and both ends must agree: of three spans and three, one.
  EXPECT_NEAR(score_of_lines(*make_span_f1(), {"B-A I-A B-B O B-C"}, {"B-A O B-B O B-A"}),
              100.0 / 3, 1e-12);
  // The triple said twice counts once.
  EXPECT_NEAR(score_of_lines(*make_set_f1(), {"r:a:b r:a:b r:c:d"}, {"r:c:d r:e:f"}), 50, 1e-12);
}

TEST(AnswerMetrics, MicroF1OfOneLabelPerLineIsAccuracy) {
  int compared = 0;
  for (const Case& each : golden_cases()) {
    if (each.metric != "accuracy") continue;
    EXPECT_NEAR(score_of_lines(*make_class_f1(F1Average::micro, {}), each.answers, each.right),
                each.score, kAnswerTolerance);
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST(AnswerMetrics, WhiteSpaceAroundALineDoesNotCount) {
  EXPECT_EQ(score_of_lines(*make_accuracy(), {"a \t"}, {" a"}), 100);
  EXPECT_EQ(score_of_lines(*make_span_f1(), {" B-A\t I-A "}, {"B-A I-A"}), 100);
}

TEST(AnswerMetrics, MistakesNameTheLineTheValueAndAFix) {
  const auto error = [](const std::string& name, const Lines& answers, const Lines& right) {
    MetricOptions options;
    options.labels = {"neutral", "entailment"};
    return answer_error_of([&] { score_of_lines(*make_metric(name, options), answers, right); });
  };
  EXPECT_EQ(error("macro_f1", {"neutral", "neutrl"}, {"neutral", "neutral"}),
            "answers:2: label 'neutrl' is not among the 2 labels that are counted. Fix: use "
            "'neutral'.");
  EXPECT_THAT(error("matthews", {"neutral"}, {"yes"}), HasSubstr("label 'yes' is not among"));
  EXPECT_THAT(error("pearson", {"1", "n/a"}, {"1", "2"}),
              HasSubstr("answers:2: score 'n/a' is no finite number"));
  for (const std::string text : {"", "nan", "inf", "1e400", "1 2", "0x10", "1,5"})
    EXPECT_THAT(error("mse", {text}, {"1"}), HasSubstr("no finite number")) << text;
  EXPECT_THAT(error("mse", {"-2e30"}, {"1"}), HasSubstr("beyond 1e30"));
  for (const std::string name : {"span_f1", "label_f1", "tag_accuracy"}) {
    EXPECT_THAT(error(name, {"O"}, {"O O"}),
                HasSubstr("answers:1: 1 tag, but the right answer has 2. Fix: give one tag"));
  }
}

TEST(AnswerMetrics, HaveOneReference) {
  const std::vector<Lines> two = {{"a"}, {"b"}};
  EXPECT_THAT(answer_error_of([&] { corpus_score(*make_accuracy(), Lines{"a"}, two); }),
              HasSubstr("accuracy compares with one right answer, but there are 2"));
}

TEST(AnswerMetrics, SignaturesNameTheLabels) {
  const auto line = [](const Metric& metric, const Lines& answers, const Lines& right) {
    return to_string(corpus_score(metric, answers, std::vector<Lines>{right}));
  };
  EXPECT_EQ(line(*make_accuracy(), {"a", "b"}, {"a", "a"}), "accuracy|version:regard = 50.00");
  EXPECT_EQ(line(*make_class_f1(F1Average::macro, {"a", "b"}), {"a"}, {"a"}),
            "macro_f1|labels:2|version:regard = 100.00");
  EXPECT_EQ(
      line(*make_span_f1(), {"B-A O"}, {"B-A B-B"}),
      "span_f1|version:regard = 66.67 (precision = 100.00 recall = 50.00 right = 1 answered = "
      "1 expected = 2)");
  EXPECT_EQ(signature(*make_bleu(), 1),
            "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
}

TEST(AnswerMetrics, HaveIntervalsAndPairedTests) {
  Lines right;
  Lines good;
  Lines bad;
  for (int i = 0; i < 200; ++i) {
    right.push_back(i % 2 == 0 ? "a" : "b");
    good.push_back(i % 10 == 0 ? "b" : right.back());
    bad.push_back(i % 3 == 0 ? "b" : right.back());
  }
  const auto metric = make_class_f1(F1Average::macro, {"a", "b"});
  const std::vector<Lines> references = {right};
  const auto ours = corpus_statistics(*metric, good, references);
  const auto theirs = corpus_statistics(*metric, bad, references);
  const MetricScore score = score_with_confidence(*metric, ours, 1);
  EXPECT_EQ(score.signature, "bs:1000|seed:12345|labels:2|version:regard");
  ASSERT_TRUE(score.confidence.has_value());
  EXPECT_NEAR(score.confidence->mean, score.score, 1);
  EXPECT_GT(score.confidence->half_width, 1);
  EXPECT_LT(score.confidence->half_width, 10);
  const PairedTestResult result = paired_test(*metric, theirs, ours, 1);
  EXPECT_TRUE(result.is_different);
  EXPECT_LT(result.p_value, 0.05);
}

TEST(AnswerMetrics, EveryNameMakesTheMetricOfThatName) {
  ASSERT_EQ(answer_metric_names().size(), 11U);
  for (const std::string& name : answer_metric_names()) {
    const auto metric = make_metric(name, {});
    EXPECT_EQ(metric->name(), name);
    EXPECT_EQ(metric->is_higher_better(), name != "mse");
    EXPECT_EQ(metric->score(Statistics(metric->num_statistics(), 0)), 0) << name;
  }
  EXPECT_THAT(answer_error_of([] { make_metric("f1"); }), HasSubstr("macro_f1, weighted_f1"));
}

TEST(AnswerMetrics, LabelsAreCollectedFromTexts) {
  const std::vector<Lines> texts = {{"b ", "a"}, {"b", "c"}};
  EXPECT_THAT(labels_of_answers("macro_f1", texts), ElementsAre("a", "b", "c"));
  EXPECT_THAT(labels_of_answers("accuracy", texts), IsEmpty());
  EXPECT_THAT(labels_of_answers("span_f1", std::vector<Lines>{{"O B-V I-A0", "_-x"}}),
              ElementsAre("A0", "V", "x"));
  EXPECT_THAT(labels_of_answers("label_f1", std::vector<Lines>{{"O B-V _ N"}}),
              ElementsAre("B-V", "N"));
  EXPECT_THAT(labels_of_answers("set_f1", std::vector<Lines>{{"r:a:b s", ""}}),
              ElementsAre("", "r"));
}

TEST(ConfusionMatrix, CountsAnswersForEachRightLabel) {
  const ConfusionMatrix matrix =
      confusion_matrix({"a", "b"}, Lines{"a", "b", "b", "a"}, Lines{"a", "a", "b", "a"});
  EXPECT_THAT(matrix.labels, ElementsAre("a", "b"));
  EXPECT_THAT(matrix.counts, ElementsAre(ElementsAre(2, 1), ElementsAre(0, 1)));
  EXPECT_THAT(answer_error_of([] { confusion_matrix({"a"}, Lines{"b"}, Lines{"a"}); }),
              HasSubstr("label 'b'"));
  EXPECT_THAT(answer_error_of([] { confusion_matrix({"a"}, Lines{"a"}, Lines{}); }),
              HasSubstr("0 lines"));
}

}  // namespace
}  // namespace regard
