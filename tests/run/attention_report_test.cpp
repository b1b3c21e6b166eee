#include "regard/run/attention_report.h"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/model_folder.h"
#include "regard/run/scoring.h"
#include "regard/run/text_input.h"
#include "regard/run/torch_backend.h"

#include "core/file_support.h"
#include "run/small_model.h"
#include "train/toy_run.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

using test::slurp;
using test::spill;
using testing::AllOf;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::SizeIs;

class AttentionReportTest : public testing::Test {
 protected:
  static constexpr std::size_t kSentences = 3;

  AttentionReportTest() {
    test::save_small_model(folder_ / "model");
    spill(folder_ / "s", join(test::sample_sentences(kSentences, 21), "\n") + "\n");
    spill(folder_ / "t", join(test::sample_sentences(kSentences, 22), "\n") + "\n");
    options_.model = file("model");
    options_.source = file("s");
    options_.target = file("t");
    options_.output = file("out.json");
  }

  std::string file(const char* name) const { return (folder_ / name).string(); }
  AttentionReport report() { return report_attention(options_, logger_); }
  std::vector<nlohmann::json> sentences() const {
    std::vector<nlohmann::json> parsed;
    for (const std::string& line : read_lines(folder_ / "out.json", InvalidUtf8::error))
      parsed.push_back(nlohmann::json::parse(line));
    return parsed;
  }

  test::TemporaryFolder folder_;
  test::RecordingLogger logger_;
  AttentionReportOptions options_;
};

TEST_F(AttentionReportTest, NumbersAreSharesAndTheSummaryIsTheirs) {
  options_.map = "decoder.1.cross_attention";
  options_.head = 1;
  const AttentionSummary summary = report().summary;
  ASSERT_THAT(sentences(), SizeIs(kSentences));
  double sharpness = 0;
  for (const nlohmann::json& sentence : sentences()) {
    const auto& maps = sentence.at("maps");
    ASSERT_THAT(maps, SizeIs(6));  // two blocks of an encoder, two of a decoder with two each
    const auto map = std::find_if(maps.begin(), maps.end(), [&](const nlohmann::json& candidate) {
      return candidate.at("name") == options_.map;
    });
    ASSERT_NE(map, maps.end());
    const auto rows = map->at("weights").at(1).get<std::vector<std::vector<double>>>();
    double of_sentence = 0;
    for (const std::vector<double>& row : rows) {
      double sum = 0;
      for (const double weight : row)
        sum += weight;
      EXPECT_THAT(sum, DoubleNear(1, 1e-3));
      of_sentence += *std::max_element(row.begin(), row.end());
    }
    sharpness += of_sentence / static_cast<double>(rows.size()) / kSentences;
  }
  EXPECT_EQ(summary.map, options_.map);
  EXPECT_EQ(summary.num_sentences, kSentences);
  EXPECT_THAT(summary.sharpness, DoubleNear(sharpness, 1e-3));
  EXPECT_THAT(to_text(summary), AllOf(HasSubstr("decoder.1.cross_attention, head 1: entropy "),
                                      HasSubstr("sharpest " + format_fixed(summary.sharpness, 2)),
                                      HasSubstr("(means of 3 sentences)")));
}

TEST_F(AttentionReportTest, LinksAreThoseThatScoringWrites) {
  ScoringOptions scoring;
  scoring.model = options_.model;
  scoring.source = options_.source;
  scoring.target = options_.target;
  scoring.output = file("scores");
  scoring.alignments = file("links");
  score_translations(scoring, TorchBackend(), logger_);
  options_.gold = file("links");
  const AttentionReport same = report();
  ASSERT_TRUE(same.error.has_value());
  EXPECT_GT(same.error->num_links, 0);
  EXPECT_EQ(same.error->num_sure, same.error->num_links);
  EXPECT_EQ(same.error->error_rate, 0);
  spill(folder_ / "links", "0-0\n0-0\n0-0\n");
  EXPECT_GT(report().error.value().error_rate, 0);
}

TEST_F(AttentionReportTest, TheNameOfTheOutputSaysWhatItIs) {
  options_.output = file("out.html");
  options_.target = "";  // the model's own translation
  const AttentionReport page = report();
  EXPECT_THAT(slurp(options_.output), AllOf(HasSubstr("<html"), HasSubstr(to_text(page.summary))));
  options_.output = file("out.svg");
  options_.line = 2;
  EXPECT_EQ(report().summary.num_sentences, 2U);
  EXPECT_THAT(slurp(options_.output), HasSubstr("<svg"));
  options_.output = file("out.png");
  EXPECT_THAT(test::error_of<UserError>([&] { report(); }),
              HasSubstr("not a supported output format"));
}

TEST_F(AttentionReportTest, WhatTheModelLacksIsToldBeforeAnythingIsWritten) {
  options_.map = "decoder.7.cross_attention";
  EXPECT_THAT(
      test::error_of<UserError>([&] { report(); }),
      AllOf(HasSubstr("not an attention of this model"), HasSubstr("encoder.0.self_attention")));
  options_.map = "";
  options_.head = 2;
  EXPECT_THAT(test::error_of<UserError>([&] { report(); }), HasSubstr("it has 2 heads"));
  options_.head = -1;
  options_.gold = file("gold");
  spill(folder_ / "gold", "0-0\n");
  EXPECT_THAT(test::error_of<UserError>([&] { report(); }),
              HasSubstr("1 lines, but 3 sentences are shown"));
  EXPECT_FALSE(fs::exists(options_.output));
}

}  // namespace
}  // namespace regard
