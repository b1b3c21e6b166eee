#include "regard/run/initial_config.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/document.h"
#include "regard/config/reader.h"
#include "regard/core/strings.h"

#include "core/file_support.h"

namespace regard {
namespace {

using testing::HasSubstr;

/// A corpus of `pairs` with eight words of five letters a line.
InitialRun run_of(std::int64_t pairs) {
  InitialRun run;
  run.config = "de_en.yaml";
  run.output = "runs/de_en";
  run.source_language = "de";
  run.target_language = "en";
  run.train = {"a.de", "a.en"};
  run.valid = {"v.de", "v.en"};
  run.valid_pairs = 1000;
  run.survey.pairs = pairs;
  run.survey.source_words = run.survey.target_words = 8 * pairs;
  run.survey.source_characters = run.survey.target_characters = 40 * pairs;
  run.survey.distinct_characters = 80;
  run.survey.distinct_words = std::min<std::int64_t>(4 * pairs, CorpusSurveyor::kWords);
  return run;
}

Config read(const std::string& text) {
  return config::read<Config>(config::parse_yaml(text, "de_en.yaml"));
}

TEST(InitialConfig, IsValidAndShortForEverySize) {
  std::int64_t largest = 0;
  for (const std::int64_t pairs :
       {20, 300, 2'000, 9'000, 29'000, 160'000, 1'000'000, 4'500'000, 100'000'000}) {
    const std::string text = initial_config(run_of(pairs));
    const Config config = read(text);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 32) << text;
    EXPECT_EQ(config.data.train.at(0).source, "a.de");
    EXPECT_EQ(config.data.source, "de");
    EXPECT_LE(10 * config.training.schedule.warmup, config.training.max_updates + 10) << text;
    EXPECT_LE(10 * config.validation.every, config.training.max_updates + 10) << text;
    EXPECT_GE(config.training.max_updates, 300);
    const std::int64_t size = expand(config.model).dim * config.vocabulary.size.value;
    EXPECT_GE(size, largest) << "a smaller model for more text: " << pairs;
    largest = size;
    for (const std::string& line : split(text, '\n')) {
      const bool is_value = !line.empty() && line[0] != '#' && line.find(": ") != std::string::npos;
      const bool needs_reason = is_value && line.find("source:") == std::string::npos &&
                                line.find("target:") == std::string::npos;
      if (needs_reason) {
        EXPECT_THAT(line, HasSubstr("# "));
      }
    }
  }
}

TEST(InitialConfig, GivesSmallTextSmallVocabulariesAndMuchDropout) {
  const Config small = read(initial_config(run_of(300)));
  EXPECT_EQ(small.model.preset, Preset::transformer_tiny);
  EXPECT_EQ(small.vocabulary.size.value, 500);
  EXPECT_EQ(small.model.dropout.residual, 0.3);
  const Config large = read(initial_config(run_of(4'500'000)));
  EXPECT_EQ(large.model.preset, Preset::transformer_base);
  EXPECT_EQ(large.vocabulary.size.value, 32'000);
  EXPECT_EQ(large.model.dropout.residual, 0.1);
}

TEST(InitialConfig, HasRoomForAllCharacters) {
  InitialRun run = run_of(2'000);
  run.survey.source_words = 2'000;  // one a line: nothing separates them
  run.survey.distinct_characters = 3'000;
  const std::string text = initial_config(run);
  const Config config = read(text);
  EXPECT_GT(config.vocabulary.size.value, 3'004);
  EXPECT_EQ(config.vocabulary.character_coverage, 0.9995);
}

TEST(InitialConfig, AsksForNoMorePiecesThanSoLittleTextHas) {
  InitialRun run = run_of(300);
  run.survey.distinct_characters = 20;
  run.survey.distinct_words = 14;
  EXPECT_EQ(read(initial_config(run)).vocabulary.size.value, 20 + 4 + 12);
}

TEST(InitialConfig, CountsUpdatesByTheText) {
  const InitialValues values = initial_values(run_of(20'000));
  // 8 words are about 12 pieces and an end mark; 1024 in a batch, a tenth of it padding.
  const double epoch = 1.1 * 13 * 20'000 / 1024;
  EXPECT_NEAR(static_cast<double>(values.max_updates), 40 * epoch, 0.05 * 40 * epoch);
  EXPECT_NEAR(static_cast<double>(values.validation_every), epoch, 0.05 * epoch);
}

TEST(InitialConfig, QuotesNamesForYaml) {
  InitialRun run = run_of(300);
  run.train = {"my texts/a, b: {c}.de", "it's \"x\" # y.en"};
  const Config config = read(initial_config(run));
  EXPECT_EQ(config.data.train.at(0).source, "my texts/a, b: {c}.de");
  EXPECT_EQ(config.data.train.at(0).target, "it's \"x\" # y.en");
  run.source_language = "no";  // Norwegian, not false
  EXPECT_EQ(read(initial_config(run)).data.source, "no");
  run.train.source = "\xff.de";
  EXPECT_THAT(test::error_of<UserError>([&] { initial_config(run); }), HasSubstr("not UTF-8"));
}

TEST(InitialConfig, SaysWhatToDoWithBytesThatAreNoUtf8) {
  InitialRun run = run_of(300);
  EXPECT_EQ(read(initial_config(run)).data.invalid_utf8, InvalidUtf8::error);
  run.survey.repaired = 3;
  EXPECT_EQ(read(initial_config(run)).data.invalid_utf8, InvalidUtf8::replace);
}

TEST(InitialConfig, OfAFineTuningLeavesModelAndVocabularyToTheOther) {
  InitialRun run = run_of(300);
  run.start = InitialModel{"runs/base", 7e-4, 511, "de", "en"};
  const std::string text = initial_config(run);
  for (const char* key : {"model:", "vocabulary:", "dim:"})
    EXPECT_THAT("\n" + text, testing::Not(HasSubstr(std::string("\n") + key)));
  EXPECT_THAT(text, HasSubstr("init_from: runs/base"));
  EXPECT_THAT(text, HasSubstr("peak: 7e-05, warmup: 10}"));
  EXPECT_THAT(text, HasSubstr("max_length: 511"));
  EXPECT_EQ(initial_values(run).patience, 5);
  run.start->peak = 2e-3;
  EXPECT_EQ(initial_values(run).peak, 2e-4);
}

TEST(SizeAdvice, GrowsWithTheText) {
  std::int64_t last = 0;
  for (const SizeAdvice& advice : size_advice()) {
    if (&advice != &size_advice().back()) {
      EXPECT_GT(advice.up_to, last);
      EXPECT_EQ(&advice_for(advice.up_to), &advice);
      EXPECT_NE(&advice_for(advice.up_to + 1), &advice);
    }
    last = advice.up_to;
  }
  EXPECT_EQ(last, 0);  // the last has no limit
}

TEST(SizeAdvice, IsTheTableOfTheGuide) {
  EXPECT_THAT(test::slurp("docs/guide.md"), HasSubstr(size_table()))
      << "regard init --sizes prints it";
}

}  // namespace
}  // namespace regard
