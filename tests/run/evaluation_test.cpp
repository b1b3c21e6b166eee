#include "regard/run/evaluation.h"

#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/torch_backend.h"

#include "core/file_support.h"
#include "run/small_model.h"
#include "train/toy_run.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

using test::slurp;
using test::spill;
using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class EvaluationTest : public testing::Test {
 protected:
  EvaluationTest() {
    spill(folder_ / "ref", "a b c d f\nw x y z\n");
    spill(folder_ / "hyp", "a b c d e\nw x y z\n");
    spill(folder_ / "worse", "a b g h e\nw q y z\n");
  }

  std::string file(const char* name) const { return (folder_ / name).string(); }
  EvaluationOptions texts(const char* hypothesis = "hyp") const {
    EvaluationOptions options;
    options.hypothesis = file(hypothesis);
    options.references = {file("ref")};
    return options;
  }
  EvaluationOptions of_model() const {
    EvaluationOptions options;
    options.model = file("model");
    options.source = file("source");
    options.references = {file("source")};
    options.output = file("kept");
    return options;
  }
  Evaluation evaluated(const EvaluationOptions& options) {
    return evaluate(options, TorchBackend(), logger_, stop_).value();
  }
  void write_model(const std::string& target_language = "en") {
    test::save_small_model(folder_ / "model", 1, target_language);
    spill(folder_ / "source", join(test::sample_sentences(6, 3), "\n") + "\n");
  }

  test::TemporaryFolder folder_;
  test::RecordingLogger logger_;
  StopFlag stop_;
};

TEST_F(EvaluationTest, ScoresOfTheTextAreThoseCountedByHand) {
  EvaluationOptions options = texts();
  options.metrics = {"bleu", "ter"};
  const Evaluation evaluation = evaluated(options);
  ASSERT_THAT(evaluation.scores, SizeIs(2));
  // Of nine words eight are right, of the pairs six of seven, then four of five and two of three.
  const double bleu = 100 * std::pow(8.0 / 9 * 6 / 7 * 4 / 5 * 2 / 3, 0.25);
  EXPECT_THAT(evaluation.scores[0].score.score, DoubleNear(bleu, 1e-9));
  EXPECT_THAT(evaluation.scores[0].score.signature, HasSubstr("nrefs:1|case:mixed|eff:no|tok:13a"));
  EXPECT_THAT(evaluation.scores[1].score.score, DoubleNear(100.0 / 9, 1e-9));
  EXPECT_THAT(evaluation.sentence_scores, SizeIs(0));
}

TEST_F(EvaluationTest, ScoresOfSentencesStandBesideEachOther) {
  EvaluationOptions options = texts();
  options.metrics = {"ter", "bleu"};
  options.per_sentence = true;
  const Evaluation evaluation = evaluated(options);
  EXPECT_THAT(evaluation.scores, SizeIs(0));
  EXPECT_THAT(
      evaluation.sentence_scores,
      ElementsAre(ElementsAre(DoubleNear(20, 1e-9), DoubleEq(0)),
                  ElementsAre(DoubleNear(100 * std::pow(0.2, 0.25), 1e-9), DoubleNear(100, 1e-9))));
}

TEST_F(EvaluationTest, ABaselineIsComparedWithTheTranslation) {
  EvaluationOptions options = texts();
  options.metrics = {"ter"};
  options.baselines = {file("worse"), file("hyp")};
  const Evaluation evaluation = evaluated(options);
  ASSERT_THAT(evaluation.scores, SizeIs(1));
  const std::vector<BaselineComparison>& baselines = evaluation.scores[0].baselines;
  ASSERT_THAT(baselines, SizeIs(2));
  const BaselineComparison& worse = baselines[0];
  const BaselineComparison& same = baselines[1];
  EXPECT_EQ(worse.name, file("worse"));
  EXPECT_THAT(worse.score, DoubleNear(400.0 / 9, 1e-9));
  EXPECT_THAT(worse.difference, DoubleNear(-300.0 / 9, 1e-9));
  EXPECT_TRUE(worse.is_different);
  EXPECT_FALSE(same.is_different);
  EXPECT_EQ(same.difference, 0);
  EXPECT_EQ(same.p_value, 1);
}

TEST_F(EvaluationTest, TextsOfAnotherLengthAreNamed) {
  spill(folder_ / "short", "one line\n");
  EXPECT_THAT(test::error_of<UserError>([&] { evaluated(texts("short")); }),
              HasSubstr(file("ref") + ": 2 lines, but " + file("short") + " has 1"));
}

TEST_F(EvaluationTest, AModelIsScoredAsTheTranslationThatItKeeps) {
  write_model();
  const Evaluation translated = evaluated(of_model());
  EvaluationOptions kept = texts("kept");
  kept.references = {file("source")};
  const Evaluation read = evaluated(kept);
  ASSERT_THAT(translated.scores, SizeIs(1));
  EXPECT_EQ(to_string(translated.scores[0].score), to_string(read.scores.at(0).score));
  EXPECT_GT(slurp(folder_ / "kept").size(), 6U);
}

TEST_F(EvaluationTest, BleuCutsAsForTheTargetLanguageOfTheModel) {
  write_model("zh");
  EXPECT_THAT(evaluated(of_model()).scores.at(0).score.signature, HasSubstr("tok:zh"));
  EvaluationOptions options = of_model();
  options.tokenize = "char";
  EXPECT_THAT(evaluated(options).scores.at(0).score.signature, HasSubstr("tok:char"));
}

TEST_F(EvaluationTest, AStoppedTranslationHasNoScoreAndLeavesNoFile) {
  write_model();
  stop_.request(15);
  EXPECT_FALSE(evaluate(of_model(), TorchBackend(), logger_, stop_).has_value());
  EXPECT_FALSE(fs::exists(folder_ / "kept"));
}

}  // namespace
}  // namespace regard
