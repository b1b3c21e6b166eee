#include "regard/train/metrics_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/strings.h"

#include "core/file_support.h"
#include "report/small_xml.h"

namespace regard {
namespace {

using test::slurp;
using test::TemporaryFolder;
using testing::HasSubstr;

MetricsRecord train_at(std::int64_t update) {
  return {"train",
          update,
          {{"loss", 5.0 / static_cast<double>(update)},
           {"learning_rate", 1e-3 * static_cast<double>(update)},
           {"tokens_per_second", 1000.0}}};
}

MetricsRecord valid_at(std::int64_t update, double bleu) {
  return {"valid", update, {{"loss", 4.0 / static_cast<double>(update)}, {"bleu", bleu}}};
}

void write_session(const TemporaryFolder& folder) {
  MetricsLog log(folder.path(), 0, "bleu");
  for (std::int64_t update = 1; update <= 6; ++update) {
    log.add(train_at(update));
    if (update % 2 == 0) log.add(valid_at(update, 10.0 + static_cast<double>(update)));
  }
}

std::vector<std::string> lines_of(const TemporaryFolder& folder) {
  std::vector<std::string> lines = split(slurp(folder / "metrics.jsonl"), '\n');
  EXPECT_EQ(lines.back(), "");
  lines.pop_back();
  return lines;
}

TEST(MetricsLog, WritesALinePerRecord) {
  const TemporaryFolder folder;
  write_session(folder);
  const std::vector<std::string> lines = lines_of(folder);
  ASSERT_EQ(lines.size(), 9U);
  EXPECT_EQ(lines[2], R"({"bleu":12.0,"kind":"valid","loss":2.0,"update":2})");
}

TEST(MetricsLog, IsCutBackToTheUpdateOfAResume) {
  const TemporaryFolder folder;
  write_session(folder);
  const std::vector<std::string> whole = lines_of(folder);
  MetricsLog log(folder.path(), 4, "bleu");
  ASSERT_EQ(log.records().size(), 6U);
  EXPECT_EQ(log.records().back().update, 4);
  EXPECT_EQ(log.records().back().values.at("bleu"), 14.0);
  EXPECT_EQ(lines_of(folder), std::vector<std::string>(whole.begin(), whole.begin() + 6));
  log.add(train_at(5));
  EXPECT_EQ(lines_of(folder), std::vector<std::string>(whole.begin(), whole.begin() + 7));
}

TEST(MetricsLog, LeavesOutALineThatACrashCut) {
  const TemporaryFolder folder;
  write_session(folder);
  const std::string whole = slurp(folder / "metrics.jsonl");
  test::spill(folder / "metrics.jsonl", whole.substr(0, whole.size() - 9));
  const MetricsLog log(folder.path(), 6, "bleu");
  EXPECT_EQ(log.records().size(), 8U);
  EXPECT_EQ(lines_of(folder).size(), 8U);
}

TEST(MetricsLog, StartsAnewAtUpdateZero) {
  const TemporaryFolder folder;
  write_session(folder);
  const MetricsLog log(folder.path(), 0, "bleu");
  EXPECT_TRUE(log.records().empty());
  EXPECT_EQ(slurp(folder / "metrics.jsonl"), "");
}

TEST(MetricsLog, KeepsNumbersExactly) {
  const TemporaryFolder folder;
  {
    MetricsLog log(folder.path(), 0, "bleu");
    log.add({"valid", 3, {{"bleu", 0.1 + 0.2}, {"loss", 1e-300}}});
  }
  const MetricsLog log(folder.path(), 3, "bleu");
  ASSERT_EQ(log.records().size(), 1U);
  EXPECT_EQ(log.records()[0].values.at("bleu"), 0.1 + 0.2);
  EXPECT_EQ(log.records()[0].values.at("loss"), 1e-300);
}

TEST(MetricsLog, TakesValuesThatAreNotFinite) {
  const TemporaryFolder folder;
  {
    MetricsLog log(folder.path(), 0, "perplexity");
    log.add({"valid", 3, {{"loss", 800.0}, {"perplexity", HUGE_VAL}}});
    log.draw();
  }
  const MetricsLog log(folder.path(), 3, "perplexity");
  ASSERT_EQ(log.records().size(), 1U);
  EXPECT_EQ(log.records()[0].values.count("perplexity"), 0U);
}

TEST(MetricsLog, DrawsAWellFormedPictureOfEverySeries) {
  const TemporaryFolder folder;
  MetricsLog log(folder.path(), 0, "bleu");
  log.draw();  // without a single point
  EXPECT_FALSE(SmallXml(slurp(folder / "curves.svg")).elements().empty());
  for (std::int64_t update = 1; update <= 6; ++update)
    log.add(train_at(update));
  log.add(valid_at(3, 31.25));
  log.add(valid_at(6, 27.5));
  log.draw();
  const std::string svg = slurp(folder / "curves.svg");
  const SmallXml xml(svg);
  ASSERT_FALSE(xml.elements().empty());
  EXPECT_EQ(xml.elements().front().name, "svg");
  for (const char* text : {"Loss", "Translation of the validation text", "Learning rate", "Speed",
                           "bleu", "training (smoothed)"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  EXPECT_THAT(svg, HasSubstr("31.25"));  // the best, marked
}

TEST(MetricsLog, KnowsWhichMetricsFall) {
  for (const char* metric : {"loss", "perplexity", "ter", "mse"})
    EXPECT_TRUE(is_lower_better(metric));
  for (const char* metric : {"bleu", "chrf", "chrf++", "span_f1"})
    EXPECT_FALSE(is_lower_better(metric));
}

}  // namespace
}  // namespace regard
