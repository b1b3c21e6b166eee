#include "regard/train/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/tensor/torch.h"

#include "train/toy_run.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

using test::error_of;
using test::RecordingLogger;
using test::slurp;
using test::spill;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using torch::Tensor;

constexpr const char* kFiles[] = {"model.safetensors", "training_state.safetensors", "state.json"};

class CheckpointStoreTest : public testing::Test {
 protected:
  CheckpointStoreTest() {
    options_.keep_last = 3;
    options_.keep_best = 1;
  }

  /// Tensors whose values tell the update they belong to.
  static CheckpointTensors tensors_of(double update) {
    return {{{"a", at::full({3, 2}, update)}, {"b", at::full({5}, update + 0.25)}},
            {{"m.a", at::full({3, 2}, update + 0.5)}, {"v.a", at::full({3, 2}, update + 0.75)}}};
  }
  static void expect_tensors_of(const CheckpointTensors& tensors, double update) {
    const CheckpointTensors expected = tensors_of(update);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_TRUE(torch::equal(tensors.weights[i].second, expected.weights[i].second)) << update;
      EXPECT_TRUE(torch::equal(tensors.training[i].second, expected.training[i].second)) << update;
    }
  }
  static TrainingState state_of(std::int64_t update, std::vector<ScoredUpdate> best = {}) {
    TrainingState state;
    state.update = update;
    state.refused = 1;
    state.position = {1, 2};
    state.best = std::move(best);
    return state;
  }

  CheckpointStore store() const { return {folder_.path(), options_}; }
  void save(std::int64_t update, std::vector<ScoredUpdate> best = {}) const {
    WeightsHeader header;
    header.update = update;
    store().save(state_of(update, std::move(best)), tensors_of(static_cast<double>(update)),
                 header);
  }
  fs::path file_of(std::int64_t update, const std::string& name) const {
    return store().folder_of(update) / name;
  }
  std::string target_of(const std::string& link) const {
    return fs::read_symlink(folder_ / "checkpoints" / link).string();
  }
  double published() const {
    const SafetensorsFile file = SafetensorsFile::open(folder_ / "model.safetensors");
    return tensor_from(file, "a")[0][0].item<double>();
  }
  void flip(const fs::path& file, std::size_t from_end) const {
    std::string bytes = slurp(file);
    ASSERT_GT(bytes.size(), from_end);
    bytes[bytes.size() - 1 - from_end] ^= 4;
    fs::remove(file);
    spill(file, bytes);
  }
  void truncate(const fs::path& file) const { fs::resize_file(file, fs::file_size(file) / 2); }

  TemporaryFolder folder_;
  CheckpointOptions options_;
  RecordingLogger logger_;
};

TEST_F(CheckpointStoreTest, RestoresWhatItSaved) {
  save(7, {{7, 20.5}});
  const CheckpointTensors tensors = tensors_of(0);
  const auto state = store().load_newest(tensors, logger_);
  ASSERT_TRUE(state);
  EXPECT_EQ(*state, state_of(7, {{7, 20.5}}));
  expect_tensors_of(tensors, 7);
  EXPECT_THAT(logger_.of(LogLevel::warning), IsEmpty());
}

TEST_F(CheckpointStoreTest, FindsNothingInANewRun) {
  const CheckpointTensors tensors = tensors_of(0);
  EXPECT_FALSE(store().load_newest(tensors, logger_));
  EXPECT_THAT(store().updates(), IsEmpty());
  expect_tensors_of(tensors, 0);
}

TEST_F(CheckpointStoreTest, TakesTheOneBeforeADamagedOneAndSaysSo) {
  for (const char* name : kFiles) {
    for (const bool is_cut : {true, false}) {
      fs::remove_all(folder_ / "checkpoints");
      RecordingLogger logger;
      save(5);
      save(10);
      const fs::path file = file_of(10, name);
      if (is_cut) {
        truncate(file);
      } else {
        flip(file, 8);
      }
      const CheckpointTensors tensors = tensors_of(0);
      const auto state = store().load_newest(tensors, logger);
      ASSERT_TRUE(state) << name;
      EXPECT_EQ(state->update, 5) << name << is_cut;
      expect_tensors_of(tensors, 5);
      const auto warnings = logger.of(LogLevel::warning);
      ASSERT_EQ(warnings.size(), 1U);
      EXPECT_THAT(warnings[0], HasSubstr(file.string()));
      EXPECT_THAT(warnings[0], HasSubstr(store().folder_of(5).string()));
    }
  }
}

TEST_F(CheckpointStoreTest, FindsEveryFlippedByteOfTheStateFile) {
  save(5);
  save(10);
  const fs::path file = file_of(10, "state.json");
  const std::string whole = slurp(file);
  ASSERT_GT(whole.size(), 100U);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] ^= 1;
    spill(file, bytes);
    const auto state = store().load_newest(tensors_of(0), logger_);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->update, 5) << "byte " << i;
  }
}

TEST_F(CheckpointStoreTest, TakesTheOneBeforeWhenAFileIsMissing) {
  for (const char* name : kFiles) {
    save(5);
    save(10);
    fs::remove(file_of(10, name));
    EXPECT_EQ(store().load_newest(tensors_of(0), logger_).value().update, 5);
  }
}

TEST_F(CheckpointStoreTest, NeverStartsFromScratchWhenAllAreDamaged) {
  save(5);
  save(10);
  truncate(file_of(5, "model.safetensors"));
  flip(file_of(10, "training_state.safetensors"), 0);
  const std::string text =
      error_of<UserError>([&] { store().load_newest(tensors_of(0), logger_); });
  EXPECT_THAT(text, HasSubstr(file_of(5, "model.safetensors").string()));
  EXPECT_THAT(text, HasSubstr(file_of(10, "training_state.safetensors").string()));
}

TEST_F(CheckpointStoreTest, RefusesTensorsOfAnotherModel) {
  save(5);
  CheckpointTensors other = tensors_of(0);
  other.weights[0].second = at::zeros({3, 3});
  EXPECT_THAT(error_of<UserError>([&] { store().load_newest(other, logger_); }), HasSubstr("'a'"));
}

TEST_F(CheckpointStoreTest, KeepsTheLastAndTheBest) {
  options_.keep_last = 2;
  options_.keep_best = 2;
  save(1, {{1, 10.0}});
  save(2, {{2, 30.0}, {1, 10.0}});
  save(3, {{2, 30.0}, {3, 20.0}});
  save(4, {{2, 30.0}, {3, 20.0}});
  save(5, {{2, 30.0}, {3, 20.0}});
  save(6, {{2, 30.0}, {3, 20.0}});
  EXPECT_THAT(store().updates(), ElementsAre(2, 3, 5, 6));
  EXPECT_EQ(target_of("last"), "update-00000006");
  EXPECT_EQ(target_of("best"), "update-00000002");
}

TEST_F(CheckpointStoreTest, PublishesTheBestModelAndTheLastBeforeAnyValidation) {
  save(1);
  EXPECT_EQ(published(), 1.0);
  save(2);
  EXPECT_EQ(published(), 2.0);
  EXPECT_FALSE(fs::exists(folder_ / "checkpoints/best"));
  save(3, {{3, 10.0}});
  EXPECT_EQ(published(), 3.0);
  save(4, {{3, 10.0}});
  EXPECT_EQ(published(), 3.0);
  save(5, {{5, 11.0}});
  EXPECT_EQ(published(), 5.0);
  EXPECT_EQ(target_of("best"), "update-00000005");
}

TEST_F(CheckpointStoreTest, PublishesTheBestAgainWhenACrashCameBetween) {
  save(3, {{3, 10.0}});
  fs::remove(folder_ / "model.safetensors");
  fs::remove(folder_ / "checkpoints/best");
  ASSERT_TRUE(store().load_newest(tensors_of(0), logger_));
  EXPECT_EQ(published(), 3.0);
  EXPECT_EQ(target_of("best"), "update-00000003");
}

TEST_F(CheckpointStoreTest, NeverPublishesADamagedBest) {
  save(3, {{3, 10.0}});
  save(4, {{3, 10.0}});
  flip(file_of(3, "model.safetensors"), 0);
  ASSERT_EQ(store().load_newest(tensors_of(0), logger_).value().update, 4);
  EXPECT_EQ(published(), 3.0);
}

TEST_F(CheckpointStoreTest, DamagedOnesDoNotCrowdOutNewOnes) {
  options_.keep_last = 1;
  save(5);
  options_.keep_last = 3;
  save(10);
  truncate(file_of(10, "model.safetensors"));
  options_.keep_last = 1;
  ASSERT_EQ(store().load_newest(tensors_of(0), logger_).value().update, 5);
  save(6);
  EXPECT_THAT(store().updates(), ElementsAre(6));
  EXPECT_EQ(store().load_newest(tensors_of(0), logger_).value().update, 6);
}

TEST_F(CheckpointStoreTest, LooksOnlyAtFoldersOfItsOwn) {
  save(5);
  fs::create_directory(folder_ / "checkpoints/update-x");
  fs::create_directory(folder_ / "checkpoints/update-");
  fs::create_directory(folder_ / "checkpoints/mine");
  spill(folder_ / "checkpoints/update-00000009", "a file");
  EXPECT_THAT(store().updates(), ElementsAre(5));
  save(6);
  EXPECT_TRUE(fs::exists(folder_ / "checkpoints/mine"));
}

TEST_F(CheckpointStoreTest, ReplacesACheckpointOfTheSameUpdate) {
  save(5, {{5, 1.0}});
  save(5, {{5, 2.0}});
  EXPECT_THAT(store().updates(), ElementsAre(5));
  EXPECT_EQ(store().load_newest(tensors_of(0), logger_).value().best.front().value, 2.0);
}

TEST_F(CheckpointStoreTest, KnowsTheNewestStateWithoutItsTensors) {
  EXPECT_FALSE(store().newest_state());
  save(5);
  save(10, {{5, 20.0}});
  EXPECT_EQ(store().newest_state(), state_of(10, {{5, 20.0}}));
  truncate(file_of(10, "state.json"));
  EXPECT_EQ(store().newest_state(), state_of(5));
}

TEST_F(CheckpointStoreTest, MakesLinksOfTheFoldersThatACopyHasInTheirPlace) {
  save(5, {{5, 20.0}});
  save(10, {{5, 20.0}});
  const fs::path folder = folder_ / "checkpoints";
  for (const char* name : {"best", "last"}) {
    const std::string target = target_of(name);
    fs::remove(folder / name);
    fs::copy(folder / target, folder / name, fs::copy_options::recursive);
  }
  fs::remove_all(store().folder_of(10));  // only its copy is there
  store().restore_links();
  EXPECT_EQ(target_of("best"), "update-00000005");
  EXPECT_EQ(target_of("last"), "update-00000010");
  const CheckpointTensors tensors = tensors_of(0);
  const auto state = store().load_newest(tensors, logger_);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->update, 10);
  expect_tensors_of(tensors, 10);
}

TEST_F(CheckpointStoreTest, RemovesNoFolderThatIsNoCheckpoint) {
  save(5);
  const fs::path last = folder_ / "checkpoints/last";
  fs::remove(last);
  fs::create_directory(last);
  spill(last / "notes.txt", "mine");
  EXPECT_THAT(error_of<UserError>([&] { store().restore_links(); }),
              HasSubstr("is a folder that is not a copy of a checkpoint"));
  EXPECT_EQ(slurp(last / "notes.txt"), "mine");
}

}  // namespace
}  // namespace regard
