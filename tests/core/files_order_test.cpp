// The order of the system calls behind files.h, and its races with other processes.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "core/call_trap.h"

namespace regard::test {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The calls of one undisturbed save.
std::vector<std::string> calls_of(const Save& save) {
  const TemporaryFolder folder;
  prepare(save, folder / "target");
  Trap quiet;
  quiet.has_exchange = save.has_exchange;
  const Armed armed(quiet);
  save.save(folder / "target");
  return trap.calls;
}

TEST(CallOrder, OfAFileIsWriteSyncRenameSync) {
  EXPECT_THAT(calls_of(all_saves()[4]), ElementsAre("write FRESH", "write FRESH", "fsync FRESH",
                                                    "rename FRESH target", "fsync PARENT"));
}

TEST(CallOrder, OfAFolderSyncsFilesThenFolderThenRenames) {
  auto calls = calls_of(all_saves()[2]);
  ASSERT_EQ(calls.size(), 7u);
  std::sort(calls.begin() + 2, calls.begin() + 4);  // a listing has no order
  EXPECT_THAT(calls, ElementsAre("write a", "write b", "fsync a", "fsync b", "fsync FRESH",
                                 "rename FRESH target", "fsync PARENT"));
}

TEST(CallOrder, SyncsSubfoldersBeforeTheFolder) {
  const TemporaryFolder folder;
  const Armed armed(Trap{});
  write_folder_atomically(folder / "target", [](const fs::path& fresh) {
    fs::create_directory(fresh / "sub");
    write_plainly(fresh / "sub/a", "new");
    fs::create_symlink("sub/a", fresh / "link");
  });
  EXPECT_THAT(trap.calls, ElementsAre("write a", "fsync a", "fsync sub", "fsync FRESH",
                                      "rename FRESH target", "fsync PARENT"));
}

TEST(CallOrder, ARemovedFolderLosesItsNameFirst) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "target");
  write_plainly(folder / "target/a", "old");
  const Armed armed(Trap{});
  remove_folder_atomically(folder / "target");
  EXPECT_THAT(trap.calls, ElementsAre("rename target FRESH", "fsync PARENT"));
  EXPECT_TRUE(folder.names().empty());
}

TEST(CallOrder, OfAReplacedFolderExchangesNames) {
  const auto calls = calls_of(all_saves()[0]);
  ASSERT_EQ(calls.size(), 7u);
  EXPECT_THAT(std::vector(calls.begin() + 4, calls.end()),
              ElementsAre("fsync FRESH", "exchange FRESH target", "fsync PARENT"));
}

TEST(CallOrder, WithoutExchangeSetsTheOldFolderAside) {
  const auto calls = calls_of(all_saves()[1]);
  ASSERT_EQ(calls.size(), 8u);
  EXPECT_THAT(
      std::vector(calls.begin() + 4, calls.end()),
      ElementsAre("fsync FRESH", "rename target ASIDE", "rename FRESH target", "fsync PARENT"));
}

TEST(SetAside, IsGoneAfterTheReplacement) {
  const TemporaryFolder folder;
  const Save save = all_saves()[1];
  prepare(save, folder / "target");
  {
    Trap quiet;
    quiet.has_exchange = false;
    const Armed armed(quiet);
    save.save(folder / "target");
  }
  EXPECT_EQ(save.read(folder / "target"), "new");
  EXPECT_THAT(folder.names(), ElementsAre("target"));
}

TEST(BetweenOpenAndLock, AnEntryThatWasTakenForALeftoverIsMadeAgain) {
  const TemporaryFolder folder;
  std::string removed;
  Trap racing;
  racing.before_lock = [&](const std::string& path) {
    removed = path;
    fs::remove_all(path);
  };
  for (const Save& save : {all_saves()[4], all_saves()[2]}) {
    const Armed armed(racing);
    save.save(folder / save.name);
    EXPECT_THAT(removed, HasSubstr(".regard-tmp-"));
    EXPECT_EQ(save.read(folder / save.name), "new");
  }
  EXPECT_THAT(folder.names(), ElementsAre("NewFile", "NewFolder"));
}

TEST(BetweenOpenAndLock, AFolderLockThatItsHolderRemovedIsMadeAgain) {
  const TemporaryFolder folder;
  Trap racing;
  racing.before_lock = [](const std::string& path) { fs::remove(path); };
  const Armed armed(racing);
  const FolderLock lock(folder.path());
  EXPECT_FALSE(trap.before_lock) << "the race did not happen";
  EXPECT_THAT(folder.names(), ElementsAre(".lock"));
  EXPECT_THROW(FolderLock(folder.path()), UserError);
}

TEST(ShortWrites, AreContinued) {
  const TemporaryFolder folder;
  std::string bytes(1000, ' ');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>('a' + i % 26);
  std::size_t calls = 0;
  {
    Trap slow;
    slow.writes_shortly = true;
    const Armed armed(slow);
    write_file_atomically(folder / "f", bytes);
    calls = trap.calls.size();
  }
  EXPECT_GT(calls, 140u);
  EXPECT_EQ(slurp(folder / "f"), bytes);
}

TEST(ReplacedLink, IsMadeAgainWhenItWasTakenForALeftover) {
  const TemporaryFolder folder;
  fs::create_symlink("old", folder / "link");
  Trap racing;
  racing.before_rename = [&] { remove_leftovers(folder.path()); };
  const Armed armed(racing);
  EXPECT_NO_THROW(replace_link(folder / "link", "new"));
  EXPECT_FALSE(trap.before_rename) << "the race did not happen";
  EXPECT_EQ(fs::read_symlink(folder / "link"), "new");
  EXPECT_THAT(folder.names(), ElementsAre("link"));
}

}  // namespace
}  // namespace regard::test
