#include "regard/report/comparison_table.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "regard/core/strings.h"

#include "report/small_xml.h"

namespace regard {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ComparedRun run_of(std::int64_t seed, double quality) {
  ComparedRun run;
  run.seed = seed;
  run.status = RunStatus::done;
  run.folder = str("out/seed-", seed);
  run.quality = quality;
  run.parameters = 1234567;
  run.tokens_per_second = 1000.0 * static_cast<double>(seed);
  run.minutes = 1.25;
  run.updates = 20;
  run.target_tokens = 900;
  run.peak_bytes = 1048576.0 * 100.0 * static_cast<double>(seed);
  return run;
}

ComparedRun failed_run(std::int64_t seed, const std::string& error) {
  ComparedRun run;
  run.seed = seed;
  run.status = RunStatus::failed;
  run.error = error;
  return run;
}

/// Two rows with two seeds: means 11 and 20.
Comparison example() {
  Comparison comparison;
  comparison.budget_kind = "updates";
  comparison.budget = 2000;
  comparison.metric = "BLEU";
  comparison.signature = "tok:13a";
  comparison.source = "test.de";
  comparison.reference = "test.en";
  comparison.num_sentences = 1200;
  comparison.configs = {{"none", "a/none.yaml", {run_of(1, 10), run_of(2, 12)}},
                        {"additive", "a/additive.yaml", {run_of(1, 19), run_of(2, 21)}}};
  return comparison;
}

std::vector<XmlElement> table_parts_of_class(const std::string& svg, const std::string& name) {
  std::vector<XmlElement> found;
  const SmallXml xml(svg);
  for (const XmlElement& element : xml.elements()) {
    const auto at = element.attributes.find("class");
    if (at != element.attributes.end() && at->second == name) found.push_back(element);
  }
  return found;
}

/// Columns of characters up to the end of the first occurrence.
std::size_t right_edge(const std::string& line, const std::string& part) {
  const std::size_t at = line.find(part);
  if (at == std::string::npos) return 0;
  std::size_t columns = 0;
  for (const char c : line.substr(0, at + part.size()))
    columns += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? 0 : 1;
  return columns;
}

TEST(ComparisonTable, SummarisesTheRunsThatAreDone) {
  ComparedConfig config = {"a", "a.yaml", {run_of(1, 10), run_of(2, 12), run_of(3, 17)}};
  Summary summary = summarise(config, &ComparedRun::quality);
  EXPECT_EQ(summary.count, 3);
  EXPECT_DOUBLE_EQ(summary.mean, 13);
  ASSERT_TRUE(summary.spread);
  EXPECT_NEAR(*summary.spread, std::sqrt((9.0 + 1.0 + 16.0) / 2.0), 1e-12);
  config.runs[0].status = RunStatus::failed;
  config.runs[1].quality = std::numeric_limits<double>::quiet_NaN();
  summary = summarise(config, &ComparedRun::quality);
  EXPECT_EQ(summary.count, 1);
  EXPECT_DOUBLE_EQ(summary.mean, 17);
  EXPECT_FALSE(summary.spread);
  EXPECT_EQ(summarise(config, &ComparedRun::perplexity).count, 0);
}

TEST(ComparisonTable, FindsTheBestRowForEitherDirection) {
  Comparison comparison = example();
  EXPECT_EQ(best_config(comparison), 1U);
  comparison.is_lower_better = true;
  EXPECT_EQ(best_config(comparison), 0U);
  comparison.configs[0].runs = {failed_run(1, "x")};
  EXPECT_EQ(best_config(comparison), 1U);
  comparison.configs.pop_back();
  EXPECT_FALSE(best_config(comparison));
}

TEST(ComparisonTable, AlignsTheColumnsOfTheText) {
  const std::vector<std::string> lines = split(comparison_text(example()), '\n');
  ASSERT_GE(lines.size(), 6U);
  EXPECT_THAT(lines[0], StartsWith("config "));
  EXPECT_THAT(lines[1], StartsWith("additive "));
  EXPECT_THAT(lines[2], StartsWith("none "));
  EXPECT_GT(right_edge(lines[0], "BLEU"), 8U);
  EXPECT_EQ(right_edge(lines[1], "20.00 ± 1.41"), right_edge(lines[0], "BLEU"));
  EXPECT_EQ(right_edge(lines[2], "11.00 ± 1.41"), right_edge(lines[0], "BLEU"));
  EXPECT_EQ(right_edge(lines[2], "10.00 12.00"), right_edge(lines[0], "each seed"));
  EXPECT_EQ(right_edge(lines[1], "1,234,567"), right_edge(lines[0], "parameters"));
  EXPECT_EQ(right_edge(lines[1], "1,500"), right_edge(lines[0], "tokens/s"));
  EXPECT_EQ(right_edge(lines[1], "1.2"), right_edge(lines[0], "minutes"));
  // The peak is the largest of the seeds, not their mean of 150.
  EXPECT_EQ(right_edge(lines[1], " 200"), right_edge(lines[0], "peak MiB"));
  EXPECT_EQ(lines[3], "");
  EXPECT_EQ(lines[4],
            "Budget: 2,000 updates for each run; seeds 1, 2 (mean ± standard deviation).");
  EXPECT_EQ(lines[5], "BLEU: test.de against test.en, 1,200 sentences; BLEU|tok:13a.");
}

TEST(ComparisonTable, RanksRowsByQuality) {
  Comparison comparison = example();
  comparison.configs.push_back({"empty", "e.yaml", {failed_run(1, "x")}});
  comparison.configs.push_back({"middle", "m.yaml", {run_of(1, 15)}});
  const auto names = [](const Comparison& of) {
    std::vector<std::string> found;
    for (const ComparedConfig& config : of.configs)
      found.push_back(config.name);
    return found;
  };
  EXPECT_THAT(names(ranked(comparison)),
              testing::ElementsAre("additive", "middle", "none", "empty"));
  comparison.is_lower_better = true;
  EXPECT_THAT(names(ranked(comparison)),
              testing::ElementsAre("none", "middle", "additive", "empty"));
  const auto parsed = nlohmann::json::parse(comparison_json(comparison));
  EXPECT_EQ(parsed["configs"][3]["name"], "middle") << "numbers keep their order";
}

TEST(ComparisonTable, MarksNoWinnerInsideTheNoise) {
  Comparison comparison = example();
  EXPECT_EQ(clear_winner(comparison), 1U);
  EXPECT_THAT(comparison_text(comparison),
              HasSubstr("additive exceeds the spread between seeds.\n"));
  EXPECT_EQ(table_parts_of_class(comparison_svg(comparison), "v").size(), 2U) << "name and quality";
  EXPECT_TRUE(nlohmann::json::parse(comparison_json(comparison))["best_is_clear"]);

  // 11 ± 1.41 and 12 ± 1.41; a third that is far behind changes nothing.
  comparison.configs[1].runs = {run_of(1, 11), run_of(2, 13)};
  comparison.configs.push_back({"far", "f.yaml", {run_of(1, 1), run_of(2, 2)}});
  EXPECT_FALSE(clear_winner(comparison));
  EXPECT_EQ(best_config(comparison), 1U);
  EXPECT_THAT(comparison_markdown(comparison), Not(HasSubstr("**")));
  EXPECT_THAT(
      comparison_text(comparison),
      HasSubstr("No winner is marked: the lead of additive is within the spread of the seeds "
                "(against none)."));
  EXPECT_TRUE(table_parts_of_class(comparison_svg(comparison), "v").empty());
  EXPECT_FALSE(nlohmann::json::parse(comparison_json(comparison))["best_is_clear"]);
}

TEST(ComparisonTable, MarksNoWinnerOfOneSeed) {
  Comparison comparison = example();
  comparison.configs[0].runs.pop_back();
  EXPECT_FALSE(clear_winner(comparison)) << "how far the other seeds would be is unknown";
  EXPECT_THAT(comparison_text(comparison),
              HasSubstr("No winner is marked: that needs at least two finished"));
  EXPECT_THAT(comparison_markdown(comparison), Not(HasSubstr("**")));
  comparison.configs.pop_back();
  EXPECT_FALSE(clear_winner(comparison));
  EXPECT_THAT(comparison_text(comparison), Not(HasSubstr("winner"))) << "nothing was compared";
}

TEST(ComparisonTable, LeavesOutColumnsWithoutNumbers) {
  Comparison comparison = example();
  EXPECT_THAT(comparison_text(comparison), Not(HasSubstr("AER")));
  EXPECT_THAT(comparison_text(comparison), Not(HasSubstr("perplexity")));
  comparison.gold = "links.txt";
  comparison.configs[0].runs[0].alignment_error = 0.25;
  comparison.configs[0].runs[1].alignment_error = 0.75;
  const std::vector<std::string> lines = split(comparison_text(comparison), '\n');
  EXPECT_TRUE(lines[0].ends_with(" AER")) << lines[0];
  EXPECT_TRUE(lines[2].ends_with(" 0.5000")) << lines[2];
  EXPECT_TRUE(lines[1].ends_with(" –")) << lines[1];
  EXPECT_THAT(comparison_text(comparison), HasSubstr("links.txt; lower is better"));
}

TEST(ComparisonTable, HasNoColumnOfSeedsForOneSeed) {
  Comparison comparison = example();
  for (ComparedConfig& config : comparison.configs)
    config.runs.pop_back();
  const std::string text = comparison_text(comparison);
  EXPECT_THAT(text, HasSubstr("10.00"));
  EXPECT_THAT(text, Not(HasSubstr("each seed")));
  EXPECT_THAT(text, Not(HasSubstr("±")));
  EXPECT_THAT(text, HasSubstr("for each run; seed 1."));
}

TEST(ComparisonTable, SaysTheBudgetInItsUnit) {
  const auto budget = [](const std::string& kind, double amount) {
    Comparison comparison = example();
    comparison.budget_kind = kind;
    comparison.budget = amount;
    const std::string text = comparison_text(comparison);
    const std::size_t begin = text.find("Budget: ") + 8;
    return text.substr(begin, text.find(" for each run") - begin);
  };
  EXPECT_EQ(budget("updates", 1), "1 update");
  EXPECT_EQ(budget("tokens", 1500000), "1,500,000 target tokens");
  EXPECT_EQ(budget("minutes", 0.5), "0.5 minutes");
}

TEST(ComparisonTable, MarksRunsThatFailedOrAreToCome) {
  Comparison comparison = example();
  comparison.configs[0].runs[1] = failed_run(2, "training diverged");
  comparison.configs[1].runs = {failed_run(1, "no memory\x1b[31m"), failed_run(2, "no memory")};
  comparison.configs.push_back({"later", "later.yaml", {ComparedRun{}, ComparedRun{}}});
  const std::vector<std::string> lines = split(comparison_text(comparison), '\n');
  EXPECT_THAT(lines[1], HasSubstr("10.00 (1 of 2 failed)"));
  EXPECT_THAT(lines[1], HasSubstr("10.00 –"));
  EXPECT_THAT(lines[2], HasSubstr(" failed "));
  EXPECT_THAT(lines[3], Not(HasSubstr("failed")));
  const std::string text = comparison_text(comparison);
  EXPECT_THAT(text, HasSubstr("Failed: none, seed 2: training diverged\n"));
  EXPECT_THAT(text, HasSubstr("Failed: additive, seed 1: no memory\\x1b[31m\n"));
  EXPECT_EQ(table_parts_of_class(comparison_svg(comparison), "f").size(), 2U);
  EXPECT_EQ(table_parts_of_class(comparison_svg(comparison), "d").size(), 1U);
  comparison.configs[0].runs[1] = ComparedRun{};
  EXPECT_THAT(comparison_text(comparison), HasSubstr("10.00 (1 of 2 to come)"));
}

TEST(ComparisonTable, WritesMarkdownThatSurvivesNames) {
  Comparison comparison = example();
  comparison.configs[1].name = "a|b_c";
  const std::vector<std::string> lines = split(comparison_markdown(comparison), '\n');
  ASSERT_GE(lines.size(), 5U);
  EXPECT_EQ(lines[0], "| config | BLEU | each seed | parameters | tokens/s | minutes | peak MiB |");
  EXPECT_EQ(lines[1], "|---|---:|---:|---:|---:|---:|---:|");
  EXPECT_EQ(lines[3], "| none | 11.00 ± 1.41 | 10.00 12.00 | 1,234,567 | 1,500 | 1.2 | 200 |");
  EXPECT_EQ(lines[2],
            "| a\\|b\\_c | **20.00 ± 1.41** | 19.00 21.00 | 1,234,567 | 1,500 | 1.2 | 200 |");
  EXPECT_EQ(lines[4], "");
}

TEST(ComparisonTable, WritesJsonAtFullPrecision) {
  Comparison comparison = example();
  comparison.configs[0].runs[0].quality = 10.123456789;
  comparison.configs[0].runs[0].perplexity = std::numeric_limits<double>::infinity();
  comparison.configs[1].runs[1] = failed_run(2, "bad \xff byte");
  const auto parsed = nlohmann::json::parse(comparison_json(comparison));
  EXPECT_EQ(parsed["budget"]["kind"], "updates");
  EXPECT_EQ(parsed["budget"]["amount"], 2000);
  EXPECT_EQ(parsed["metric"]["signature"], "tok:13a");
  EXPECT_EQ(parsed["test"]["sentences"], 1200);
  EXPECT_TRUE(parsed["test"]["gold"].is_null());
  EXPECT_EQ(parsed["best"], "additive");
  const auto& none = parsed["configs"][0];
  EXPECT_EQ(none["name"], "none");
  EXPECT_EQ(none["runs"][0]["quality"], 10.123456789);
  EXPECT_EQ(none["runs"][0]["parameters"].dump(), "1234567");
  EXPECT_EQ(none["runs"][0]["folder"], "out/seed-1");
  EXPECT_TRUE(none["runs"][0]["perplexity"].is_null());
  EXPECT_TRUE(none["runs"][0]["error"].is_null());
  EXPECT_TRUE(none["mean"]["alignment_error_rate"].is_null());
  EXPECT_DOUBLE_EQ(none["mean"]["tokens_per_second"].get<double>(), 1500);
  EXPECT_NEAR(none["standard_deviation"]["quality"].get<double>(),
              (12 - 10.123456789) / std::sqrt(2), 1e-9);
  const auto& failed = parsed["configs"][1]["runs"][1];
  EXPECT_EQ(failed["status"], "failed");
  EXPECT_EQ(failed["error"], "bad \xEF\xBF\xBD byte");
  EXPECT_TRUE(failed["quality"].is_null());
  EXPECT_TRUE(parsed["configs"][1]["standard_deviation"]["quality"].is_null());
}

TEST(ComparisonTable, DrawsBarsInProportionAndADotForEachSeed) {
  const std::string svg = comparison_svg(example());
  const auto bars = table_parts_of_class(svg, "q");
  ASSERT_EQ(bars.size(), 2U);
  const auto number = [](const XmlElement& element, const char* name) {
    return std::stod(element.attributes.at(name));
  };
  EXPECT_NEAR(number(bars[1], "width") / number(bars[0], "width"), 11.0 / 20.0, 1e-3);
  const auto dots = table_parts_of_class(svg, "d");
  ASSERT_EQ(dots.size(), 4U);
  const double left = number(bars[0], "x");
  const double whole = number(dots[1], "cx") - left;  // 21, the largest
  EXPECT_GT(whole, 100);
  EXPECT_NEAR((number(dots[2], "cx") - left) / whole, 10.0 / 21.0, 1e-3);
  EXPECT_NEAR((number(dots[0], "cx") - left) / whole, 19.0 / 21.0, 1e-3);
  EXPECT_THAT(svg, HasSubstr("<title>seed 2: 12.00</title>"));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
}

TEST(ComparisonTable, KeepsThePictureInsideItsFrame) {
  Comparison comparison = example();
  comparison.configs[0].name = std::string(300, 'W') + "<&>";
  comparison.configs[1].runs[0] = failed_run(1, std::string(900, 'x') + " and a reason");
  const std::string svg = comparison_svg(comparison);
  const SmallXml xml(svg);
  ASSERT_FALSE(xml.elements().empty());
  const double width = std::stod(xml.elements().front().attributes.at("width"));
  const double height = std::stod(xml.elements().front().attributes.at("height"));
  std::size_t num_texts = 0;
  for (const XmlElement& element : xml.elements()) {
    if (element.name != "text") continue;
    ++num_texts;
    const double x = std::stod(element.attributes.at("x"));
    const double estimate = 7.5 * static_cast<double>(element.text.size());
    const bool is_end = element.attributes.contains("text-anchor");
    EXPECT_GE(is_end ? x - estimate : x, 0) << element.text;
    EXPECT_LE(x, width) << element.text;
    EXPECT_LE(std::stod(element.attributes.at("y")), height) << element.text;
  }
  EXPECT_GT(num_texts, 15U);
}

TEST(ComparisonTable, SurvivesNoRunsAtAll) {
  Comparison comparison = example();
  for (ComparedConfig& config : comparison.configs)
    config.runs.clear();
  EXPECT_THAT(comparison_text(comparison), HasSubstr("additive"));
  EXPECT_EQ(table_parts_of_class(comparison_svg(comparison), "q").size(), 0U);
  EXPECT_TRUE(nlohmann::json::parse(comparison_json(comparison))["best"].is_null());
}

}  // namespace
}  // namespace regard
