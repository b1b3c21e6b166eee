// Everything here is compared with sacreBLEU 2.6.0: golden files from
// scripts/golden/make_metric_goldens.py.
#include <algorithm>
#include <cmath>
#include <iostream>

#include <gtest/gtest.h>

#include "regard/metrics/significance.h"
#include "regard/metrics/unicode.h"

#include "metrics/golden.h"
#include "metrics/tokenizer.h"

namespace regard {
namespace {

constexpr double kTolerance = 1e-9;
constexpr int kMaxReported = 10;

TEST(Sacrebleu, SentenceScoresAreEqual) {
  const golden::Sentences golden = golden::sentences();
  ASSERT_GE(golden.rows.size(), 2000U);
  ASSERT_EQ(golden.settings.size(), 17U);
  double largest = 0;
  int num_compared = 0;
  int num_wrong = 0;
  for (std::size_t s = 0; s < golden.settings.size(); ++s) {
    const auto metric = golden::metric_of(golden.settings[s]);
    for (const golden::Row& row : golden.rows) {
      const auto counts =
          metric->sentence_statistics(row.hypothesis, golden::views(row.references));
      ASSERT_EQ(counts.size(), metric->num_statistics());
      const double score = metric->score(counts);
      ASSERT_TRUE(std::isfinite(score));
      const double difference = std::abs(score - row.scores[s]);
      largest = std::max(largest, difference);
      ++num_compared;
      if (difference <= kTolerance || ++num_wrong > kMaxReported) continue;
      ADD_FAILURE() << golden.settings[s] << ": " << score << ", not " << row.scores[s] << "\n  "
                    << escape_for_message(row.hypothesis) << "\n  "
                    << escape_for_message(row.references[0]);
    }
  }
  EXPECT_EQ(num_wrong, 0);
  EXPECT_GE(num_compared, 34000);
  std::cout << num_compared << " scores, largest difference " << largest << "\n";
}

TEST(Sacrebleu, CorpusScoresTextLinesAndSignaturesAreEqual) {
  const golden::Sentences golden = golden::sentences();
  const auto corpora = golden::records("corpora.tsv");
  ASSERT_GE(corpora.size(), 600U);
  double largest = 0;
  for (const golden::Fields& fields : corpora) {
    const std::size_t num_references = std::stoul(fields.at(2));
    std::vector<std::string> hypotheses;
    std::vector<std::vector<std::string>> references(num_references);
    for (std::size_t i = std::stoul(fields.at(0)); i < std::stoul(fields.at(1)); ++i) {
      hypotheses.push_back(golden.rows.at(i).hypothesis);
      for (std::size_t r = 0; r < num_references; ++r) {
        references[r].push_back(golden.rows[i].references.at(r));
      }
    }
    const auto metric = golden::metric_of(fields.at(3));
    const MetricScore score = corpus_score(*metric, hypotheses, references);
    EXPECT_NEAR(score.score, std::stod(fields.at(4)), kTolerance) << fields[5];
    EXPECT_EQ(to_string(score), fields.at(5));
    largest = std::max(largest, std::abs(score.score - std::stod(fields[4])));
  }
  std::cout << corpora.size() << " corpora, largest difference " << largest << "\n";
}

TEST(Sacrebleu, ScoresWithOptionsAreEqual) {
  const golden::Sentences sentences = golden::sentences();
  const auto corpora = golden::records("options.tsv");
  ASSERT_EQ(corpora.size(), 14U * 30U);
  for (const golden::Fields& fields : corpora) {
    std::vector<std::string> hypotheses;
    std::vector<std::vector<std::string>> references(std::stoul(fields.at(2)));
    for (std::size_t i = std::stoul(fields.at(0)); i < std::stoul(fields.at(1)); ++i) {
      hypotheses.push_back(sentences.rows.at(i).hypothesis);
      for (std::size_t r = 0; r < references.size(); ++r)
        references[r].push_back(sentences.rows[i].references.at(r));
    }
    const MetricScore score =
        corpus_score(*golden::metric_of(fields.at(3)), hypotheses, references);
    EXPECT_NEAR(score.score, std::stod(fields.at(4)), kTolerance) << fields[3] << " " << fields[0];
    EXPECT_EQ(to_string(score), fields.at(5));
  }
}

TEST(Sacrebleu, TokensOfTerAreEqual) {
  const auto lines = golden::records("tercom.tsv");
  ASSERT_GE(lines.size(), 400U);
  const std::vector<std::pair<std::string, TerOptions>> settings = {
      {"lc/norm", {.is_normalized = true}},
      {"mixed/norm/asian",
       {.is_case_sensitive = true, .is_normalized = true, .has_asian_support = true}},
      {"lc/nopunct", {.has_no_punctuation = true}},
      {"lc/nopunct/asian", {.has_no_punctuation = true, .has_asian_support = true}},
      {"lc/norm/nopunct/asian",
       {.is_normalized = true, .has_no_punctuation = true, .has_asian_support = true}}};
  for (std::size_t s = 0; s < settings.size(); ++s) {
    const auto& [name, options] = settings[s];
    ASSERT_EQ(lines[0].at(s), (s == 0 ? "# " : "") + name);
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::u32string text = to_utf32(lines[i].at(0));
      const std::u32string tokenized =
          tokenize_tercom(options, options.is_case_sensitive ? text : to_lower(text));
      std::vector<std::string> tokens;
      for (const std::u32string_view token : split_words(tokenized))
        tokens.push_back(to_utf8(token));
      EXPECT_EQ(join(tokens, " "), lines[i].at(1 + s)) << name;
    }
  }
}

TEST(Sacrebleu, TokensAreEqual) {
  const auto lines = golden::records("tokens.tsv");
  ASSERT_GE(lines.size(), 400U);
  const std::vector<BleuTokenizer> tokenizers = {BleuTokenizer::mteval_13a,
                                                 BleuTokenizer::international,
                                                 BleuTokenizer::character, BleuTokenizer::chinese};
  for (const golden::Fields& fields : lines) {
    const std::u32string text = to_utf32(fields.at(0));
    EXPECT_EQ(to_utf8(to_lower(text)), fields.at(1));
    for (std::size_t t = 0; t < tokenizers.size(); ++t) {
      const std::u32string tokenized = tokenize(tokenizers[t], strip_right(text));
      std::vector<std::string> tokens;
      for (const std::u32string_view token : split_words(tokenized))
        tokens.push_back(to_utf8(token));
      EXPECT_EQ(join(tokens, " "), fields.at(2 + t)) << to_string(tokenizers[t]);
    }
  }
}

TEST(Sacrebleu, CharacterPropertiesAreEqual) {
  std::string flags[4];
  std::string lower[3];
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    flags[0] += is_punctuation(c) ? '\1' : '\0';
    flags[1] += is_symbol(c) ? '\1' : '\0';
    flags[2] += is_number(c) ? '\1' : '\0';
    flags[3] += is_white_space(c) ? '\1' : '\0';
    lower[0] += to_utf8(to_lower(std::u32string{c}));
    lower[1] += to_utf8(to_lower(std::u32string{U'A', c, U'\u03A3'}));
    lower[2] += to_utf8(to_lower(std::u32string{U'A', U'\u03A3', c, U'b'}));
  }
  const auto golden = golden::records("characters.tsv");
  ASSERT_EQ(golden.size(), 7U);
  for (std::size_t i = 0; i < 7; ++i) {
    const std::string& ours = i < 4 ? flags[i] : lower[i - 4];
    EXPECT_EQ(to_hex(fingerprint(ours)), golden[i].at(1)) << golden[i].at(0);
  }
}

/// Translations of tests/golden/metrics/systems.tsv and their reference.
struct Systems {
  std::vector<std::string> reference;
  std::vector<std::string> translations[3];
};

Systems read_systems() {
  Systems result;
  for (const golden::Fields& fields : golden::records("systems.tsv")) {
    result.reference.push_back(fields.at(0));
    for (std::size_t i = 0; i < 3; ++i)
      result.translations[i].push_back(fields.at(i + 1));
  }
  return result;
}

/// Four standard deviations of the difference between two estimates of a probability.
double sampling_error(double p, int num_trials) {
  const double floor = 1.0 / num_trials;
  return 4 * std::sqrt(2 * std::max(p * (1 - p), floor) / num_trials);
}

TEST(Sacrebleu, IntervalsAndPValuesAgreeWithinSamplingError) {
  const Systems systems = read_systems();
  ASSERT_EQ(systems.reference.size(), 200U);
  const std::vector<std::vector<std::string>> references = {systems.reference};
  const auto golden = golden::records("significance.tsv");
  ASSERT_EQ(golden.size(), 24U);
  for (const golden::Fields& fields : golden) {
    SCOPED_TRACE(fields.at(0) + " " + fields.at(1) + " " + fields.at(2) + " " + fields.at(3));
    const auto metric = golden::metric_of(fields[0]);
    const auto first =
        corpus_statistics(*metric, systems.translations[std::stoul(fields[2])], references);
    const auto second =
        corpus_statistics(*metric, systems.translations[std::stoul(fields[3])], references);
    const bool is_bootstrap = fields[1] == "bs";
    const auto test = is_bootstrap ? PairedTest::bootstrap : PairedTest::approximate_randomization;
    const PairedTestResult result = paired_test(*metric, first, second, 1, {.test = test});
    const double p = std::stod(fields.at(4));
    EXPECT_NEAR(result.p_value, p, sampling_error(p, is_bootstrap ? 1000 : 10000));
    const Confidence confidence = bootstrap_confidence(*metric, second);
    const double half_width = std::stod(fields.at(6));
    // The mean of 1000 resamples scatters by about half_width / 2 / sqrt(1000), the interval by
    // about 4 %.
    EXPECT_NEAR(confidence.mean, std::stod(fields.at(5)), 0.1 * half_width);
    EXPECT_NEAR(confidence.half_width, half_width, 0.15 * half_width);
  }
}

}  // namespace
}  // namespace regard
