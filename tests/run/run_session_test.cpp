#include "regard/run/run_session.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/train/checkpoint.h"

#include "core/file_support.h"
#include "text/sample_text.h"
#include "train/toy_run.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

using test::sample_sentences;
using test::spill;
using testing::ElementsAre;
using testing::HasSubstr;

class RunSession : public testing::Test {
 protected:
  RunSession() {
    spill(folder_ / "s", join(sample_sentences(40, 5), "\n") + "\n");
    spill(folder_ / "t", join(sample_sentences(40, 6), "\n") + "\n");
    spill(folder_ / "c.yaml",
          str("output: ", (folder_ / "run").string(), "\ndata: {train: [{source: ",
              (folder_ / "s").string(), ", target: ", (folder_ / "t").string(),
              "}]}\n"
              "vocabulary: {size: 90}\n"
              "model: {preset: transformer_tiny, dim: 16, layers: 1, heads: 2}\n"
              "training: {batch_tokens: 200, max_updates: 4, schedule: {warmup: 2}}\n"
              "validation: {every: 0}\ncheckpoint: {every: 2}\n"));
  }

  bool run(const std::vector<std::string>& assignments = {}, RunStart start = {}) {
    start.threads.count = 1;
    return run_training(load_config(folder_ / "c.yaml", assignments), start, watch());
  }
  RunWatch watch() {
    return {console_, stop_, nullptr, [this](const char* stage) {
              stages_.emplace_back(stage);
              if (stages_.size() == stops_at_) stop_.request(15);
            }};
  }
  fs::path output() const { return folder_ / "run"; }
  std::vector<std::int64_t> saved() const { return CheckpointStore(output(), {}).updates(); }
  std::string log() const { return read_file(output() / run_layout::kLog); }

  test::TemporaryFolder folder_;
  test::RecordingLogger console_;
  StopFlag stop_;
  std::vector<std::string> stages_;
  std::size_t stops_at_ = 0;  // the stage at which a signal comes; 0 = none
};

TEST_F(RunSession, GoesFromAConfigurationToAModelDirectory) {
  EXPECT_TRUE(run());
  EXPECT_THAT(saved(), testing::Contains(4));
  for (const char* name : {run_layout::kConfig, run_layout::kWeights, run_layout::kSharedModel,
                           run_layout::kLog, run_layout::kMetrics}) {
    EXPECT_TRUE(fs::exists(output() / name)) << name;
  }
  EXPECT_THAT(log(), testing::AllOf(HasSubstr("training data: "), HasSubstr("finished after 4")));
  EXPECT_THAT(stages_,
              ElementsAre("stopping before the first update", "stopping after this update"));
}

TEST_F(RunSession, ResumesAndHasNothingToDoAtItsEnd) {
  ASSERT_TRUE(run());
  EXPECT_TRUE(run());
  EXPECT_THAT(log(), HasSubstr("nothing to do: the run has reached 4 updates"));
  EXPECT_TRUE(run({"training.max_updates=6"}));
  EXPECT_THAT(log(), HasSubstr("resuming "));
  EXPECT_THAT(saved(), testing::Contains(6));
}

TEST_F(RunSession, AStopBeforeTheFirstUpdateLeavesNothing) {
  stops_at_ = 1;
  EXPECT_FALSE(run());
  EXPECT_FALSE(fs::exists(output()));
}

TEST_F(RunSession, AStopAtTheStartOfTrainingKeepsWhatIsMadeAndIsResumed) {
  stops_at_ = 2;
  EXPECT_FALSE(run());
  EXPECT_TRUE(fs::exists(output() / run_layout::kSharedModel));
  stop_.request(0);
  EXPECT_TRUE(run());
  EXPECT_THAT(saved(), testing::Contains(4));
}

TEST_F(RunSession, NothingIsMadeWhereTheConfigurationDoesNotFit) {
  EXPECT_THAT(test::error_of<UserError>([&] { run({"data.train[0].source=nowhere"}); }),
              HasSubstr("nowhere"));
  EXPECT_FALSE(fs::exists(output()));
  RunStart start;
  start.resume = ResumePolicy::require;
  EXPECT_THAT(test::error_of<UserError>([&] { run({}, start); }), HasSubstr("no run to resume"));
  EXPECT_FALSE(fs::exists(output()));
}

TEST_F(RunSession, ARehearsalReadsEverythingAndWritesNothing) {
  rehearse_training(load_config(folder_ / "c.yaml", {}), watch());
  EXPECT_FALSE(fs::exists(output()));
  EXPECT_THAT(console_.of(LogLevel::info),
              testing::IsSupersetOf({HasSubstr("training data: "), HasSubstr("batches: "),
                                     HasSubstr("nothing was written")}));
}

}  // namespace
}  // namespace regard
