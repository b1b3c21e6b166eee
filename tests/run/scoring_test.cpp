#include "regard/run/scoring.h"

#include <cmath>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/decode/module_model.h"
#include "regard/engine/forced_scores.h"
#include "regard/run/model_folder.h"
#include "regard/run/nbest_list.h"
#include "regard/run/text_input.h"
#include "regard/run/torch_backend.h"

#include "core/file_support.h"
#include "run/small_model.h"
#include "train/toy_run.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

using test::spill;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::SizeIs;

class Scoring : public testing::Test {
 protected:
  Scoring() {
    test::save_small_model(folder_ / "model");
    spill(folder_ / "s", join(sources_, "\n") + "\n");
    spill(folder_ / "t", join(targets_, "\n") + "\n");
    options_.model = (folder_ / "model").string();
    options_.source = (folder_ / "s").string();
    options_.target = (folder_ / "t").string();
    options_.output = (folder_ / "out").string();
  }

  std::vector<std::string> lines() const { return read_lines(folder_ / "out", InvalidUtf8::error); }
  /// Of the subwords and end mark of each target, step by step as a search has them.
  std::vector<std::vector<double>> step_by_step() const {
    OpenedModel opened = open_model(options_.model, torch::kCPU);
    std::vector<std::vector<std::int32_t>> sources;
    std::vector<std::vector<std::int32_t>> targets;
    std::vector<TokenPair> pairs;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      sources.push_back(opened.tokenizers.source.encode(sources_[i]));
      targets.push_back(opened.tokenizers.target.encode(targets_[i]));
    }
    for (std::size_t i = 0; i < sources_.size(); ++i)
      pairs.push_back({sources[i], targets[i]});
    ModuleScorer scorer(*opened.model);
    return forced_scores(scorer, pairs, opened.header.roles);
  }
  static double sum(const std::vector<double>& values) {
    double total = 0;
    for (const double value : values)
      total += value;
    return total;
  }

  test::TemporaryFolder folder_;
  test::RecordingLogger logger_;
  std::vector<std::string> sources_ = test::sample_sentences(5, 11);
  std::vector<std::string> targets_ = test::sample_sentences(5, 12);
  ScoringOptions options_;
};

TEST_F(Scoring, PairsHaveTheLogProbabilityOfASearchStepByStep) {
  const ScoringSummary summary = score_translations(options_, TorchBackend(), logger_);
  const std::vector<std::vector<double>> expected = step_by_step();
  ASSERT_THAT(lines(), SizeIs(5));
  double total = 0;
  std::size_t subwords = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_THAT(std::stod(lines()[i]), DoubleNear(sum(expected[i]), 1e-3)) << i;
    total += sum(expected[i]);
    subwords += expected[i].size();
  }
  EXPECT_EQ(summary.pairs, 5U);
  EXPECT_EQ(summary.subwords, subwords);
  EXPECT_THAT(summary.perplexity,
              DoubleNear(std::exp(-total / static_cast<double>(subwords)), 1e-3));
}

TEST_F(Scoring, ScoresOfSubwordsFollowThatOfTheirPair) {
  options_.has_piece_scores = true;
  options_.length_penalty = parse_length_penalty("average:1.0");
  score_translations(options_, TorchBackend(), logger_);
  const std::vector<std::vector<double>> expected = step_by_step();
  ASSERT_THAT(lines(), SizeIs(5));
  for (std::size_t i = 0; i < 5; ++i) {
    const std::vector<std::string> columns = split(lines()[i], '\t');
    ASSERT_THAT(columns, SizeIs(2));
    const auto count = static_cast<double>(expected[i].size());
    EXPECT_THAT(std::stod(columns[0]), DoubleNear(sum(expected[i]) / count, 1e-4));
    const std::vector<std::string> parts = split(columns[1], ' ');
    ASSERT_THAT(parts, SizeIs(expected[i].size()));
    for (std::size_t k = 0; k < parts.size(); ++k)
      EXPECT_THAT(std::stod(parts[k]), DoubleNear(expected[i][k], 1e-4));
  }
}

TEST_F(Scoring, AnNBestListIsOrderedByItsNewScores) {
  std::string list;
  for (const int sentence : {0, 3}) {
    for (const std::string& target : targets_)
      list += str(sentence, " ||| ", target, " ||| F0= -1 ||| -1\n");
  }
  spill(folder_ / "list", list);
  options_.target = "";
  options_.n_best = (folder_ / "list").string();
  options_.is_reranked = true;
  score_translations(options_, TorchBackend(), logger_);
  ASSERT_THAT(lines(), SizeIs(10));
  double last = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    const NBestEntry entry = parse_nbest_entry(lines()[i], {"out", 1});
    EXPECT_EQ(entry.sentence, i < 5 ? 0 : 3);
    EXPECT_THAT(entry.features, HasSubstr("F0= -1 F1= -"));
    const double score = std::stod(lines()[i].substr(lines()[i].rfind(' ')));
    if (i % 5 != 0) {
      EXPECT_LE(score, last);
    }
    last = score;
  }
  EXPECT_THAT(logger_.of(LogLevel::warning),
              testing::ElementsAre(HasSubstr("3 of 5 lines of " + options_.source)));
}

TEST_F(Scoring, TextsThatDoNotBelongTogetherLeaveNoOutput) {
  spill(folder_ / "t", "one\ntwo\n");
  EXPECT_THAT(
      test::error_of<UserError>([&] { score_translations(options_, TorchBackend(), logger_); }),
      HasSubstr("2 lines, but " + options_.source + " has 5"));
  spill(folder_ / "t", "0 ||| a ||| F0= -1 ||| -1\n");
  EXPECT_THAT(
      test::error_of<UserError>([&] { score_translations(options_, TorchBackend(), logger_); }),
      HasSubstr("this is an n-best list"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

}  // namespace
}  // namespace regard
