#include "regard/run/initial_run.h"

#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/text_input.h"

#include "core/file_support.h"
#include "train/toy_run.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

using test::spill;
using testing::ElementsAre;
using testing::HasSubstr;

using testing::SizeIs;
using Lines = std::vector<std::string>;

class InitialRunTest : public testing::Test {
 protected:
  static constexpr std::int64_t kPairs = 200;

  InitialRunTest() {
    write_corpus(kPairs);
    options_.source = (folder_ / "text.de").string();
    options_.target = (folder_ / "text.en").string();
    options_.output = (folder_ / "first.yaml").string();
  }

  void write_corpus(std::int64_t count) {
    Lines sources;
    Lines targets;
    for (std::int64_t i = 1; i <= count; ++i) {
      sources.push_back(str("Satz ", i, " ."));
      targets.push_back(str("sentence ", i, " ."));
    }
    spill(folder_ / "text.de", join(sources, "\n") + "\n");
    spill(folder_ / "text.en", join(targets, "\n") + "\n");
  }
  InitialRun write() { return write_initial_run(options_, logger_); }
  std::string problem() {
    return test::error_of<UserError>([&] { write(); });
  }
  static Lines lines(const fs::path& file) { return read_lines(file, InvalidUtf8::error); }

  test::TemporaryFolder folder_;
  test::RecordingLogger logger_;
  InitialRunOptions options_;
};

TEST(LanguageOf, ANameEndsWithItBeforeWhatSaysHowItIsWritten) {
  EXPECT_EQ(language_of("data/train.de"), "de");
  EXPECT_EQ(language_of("news.deu.gz"), "deu");
  EXPECT_EQ(language_of("corpus_en.txt"), "en");
  EXPECT_EQ(language_of("train.tok.fr.xz"), "fr");
  EXPECT_EQ(language_of("train.DE"), "");
  EXPECT_EQ(language_of("train.german"), "");
  EXPECT_EQ(language_of("de"), "");
}

TEST_F(InitialRunTest, AValidationTextIsCutOutOfTheCorpus) {
  const InitialRun run = write();
  EXPECT_EQ(run.source_language, "de");
  EXPECT_EQ(run.target_language, "en");
  EXPECT_TRUE(run.is_valid_cut);
  EXPECT_EQ(run.survey.pairs + run.valid_pairs, kPairs);
  const Lines train = lines(run.train.source);
  const Lines valid = lines(run.valid.source);
  EXPECT_THAT(train, SizeIs(static_cast<std::size_t>(run.survey.pairs)));
  EXPECT_THAT(valid, SizeIs(static_cast<std::size_t>(run.valid_pairs)));
  std::set<std::string> all(train.begin(), train.end());
  all.insert(valid.begin(), valid.end());
  EXPECT_THAT(all, SizeIs(static_cast<std::size_t>(kPairs)));
  const Lines translations = lines(run.valid.target);
  ASSERT_THAT(translations, SizeIs(valid.size()));
  for (std::size_t i = 0; i < valid.size(); ++i)
    EXPECT_EQ(split(valid[i], ' ').at(1), split(translations[i], ' ').at(1));
}

TEST_F(InitialRunTest, WhatWasWrittenIsTheConfigurationOfTheRun) {
  const InitialRun run = write();
  EXPECT_EQ(run.config, options_.output);
  const Config config = load_config(run.config, {}).config;
  EXPECT_EQ(config.output, "runs/first");
  EXPECT_EQ(config.data.source, "de");
  ASSERT_THAT(config.data.train, SizeIs(1));
  EXPECT_EQ(config.data.train[0].source, run.train.source.string());
  EXPECT_EQ(config.training.max_updates, initial_values(run).max_updates);
}

TEST_F(InitialRunTest, AGivenValidationTextIsComparedWithTheCorpus) {
  spill(folder_ / "valid.de", "Satz 7 .\nein anderer Satz\n");
  spill(folder_ / "valid.en", "sentence 7 .\nanother sentence\n");
  options_.valid_source = (folder_ / "valid.de").string();
  options_.valid_target = (folder_ / "valid.en").string();
  const InitialRun run = write();
  EXPECT_FALSE(run.is_valid_cut);
  EXPECT_EQ(run.train.source, options_.source);
  EXPECT_EQ(run.valid_pairs, 2);
  EXPECT_THAT(
      logger_.of(LogLevel::warning),
      ElementsAre(HasSubstr("1 training pairs have a source line of " + options_.valid_source)));
  EXPECT_FALSE(fs::exists(folder_ / "first_data"));
}

TEST_F(InitialRunTest, NothingIsReplacedUnlessItIsWanted) {
  spill(folder_ / "first.yaml", "mine");
  EXPECT_THAT(problem(), HasSubstr("first.yaml: already exists"));
  EXPECT_EQ(test::slurp(folder_ / "first.yaml"), "mine");
  options_.overwrites = true;
  write();
  write();
  spill(folder_ / "first_data" / "notes", "mine");
  EXPECT_THAT(problem(), HasSubstr("was not created by this command"));
  EXPECT_EQ(test::slurp(folder_ / "first_data" / "notes"), "mine");
}

TEST_F(InitialRunTest, TextsThatAreNoCorpusAreToldBeforeAnythingIsWritten) {
  write_corpus(4);
  EXPECT_THAT(problem(), HasSubstr("not enough to hold out"));
  options_.target = options_.source;
  EXPECT_THAT(problem(), HasSubstr("is both source and target"));
  options_.target = "";
  EXPECT_THAT(problem(), HasSubstr("--target: the translations are missing"));
  options_.target = (folder_ / "text.en").string();
  options_.valid_source = options_.source;
  EXPECT_THAT(problem(), HasSubstr("--valid-source without --valid-target"));
  EXPECT_FALSE(fs::exists(folder_ / "first.yaml"));
  EXPECT_FALSE(fs::exists(folder_ / "first_data"));
}

}  // namespace
}  // namespace regard
