#include <stdexcept>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "core/file_support.h"

namespace regard {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::mode_of;
using test::slurp;
using test::spill;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(WriteFolderAtomically, MakesTheFolderAppearComplete) {
  const TemporaryFolder folder;
  for (const std::string name : {"model", "slash/"}) {
    const fs::path target = folder / name;
    write_folder_atomically(target, [&](const fs::path& fresh) {
      EXPECT_FALSE(fs::exists(target));
      EXPECT_EQ(fresh.parent_path(), folder.path()) << "on the same disk";
      spill(fresh / "a", "1");
      fs::create_directory(fresh / "sub");
      spill(fresh / "sub/b", "2");
      fs::create_symlink("a", fresh / "link");
    });
    EXPECT_EQ(slurp(target / "link"), "1");
    EXPECT_EQ(slurp(target / "sub/b"), "2");
  }
  EXPECT_THAT(folder.names(), ElementsAre("model", "slash"));
}

TEST(WriteFolderAtomically, ReplacesAnExistingFolder) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "model");
  ::chmod((folder / "model").c_str(), 0700);
  spill(folder / "model/old", "old");
  fs::create_symlink("model", folder / "link");
  write_folder_atomically(folder / "link", [&](const fs::path& fresh) {
    EXPECT_EQ(slurp(folder / "model/old"), "old") << "still there while the new one is made";
    spill(fresh / "new", "new");
  });
  EXPECT_THAT(TemporaryFolder::names_in(folder / "model"), ElementsAre("new"));
  EXPECT_THAT(folder.names(), ElementsAre("link", "model"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(mode_of(folder / "model"), 0700u);
}

TEST(WriteFolderAtomically, LeavesEverythingAsItWasWhenFillThrows) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "model");
  spill(folder / "model/old", "old");
  const auto half = [](const fs::path& fresh) {
    fs::create_directory(fresh / "sub");
    spill(fresh / "sub/half", "half");
    throw std::runtime_error("no more");
  };
  EXPECT_EQ(error_of<std::runtime_error>([&] { write_folder_atomically(folder / "model", half); }),
            "no more");
  EXPECT_EQ(error_of<std::runtime_error>([&] { write_folder_atomically(folder / "new", half); }),
            "no more");
  EXPECT_THAT(folder.names(), ElementsAre("model"));
  EXPECT_THAT(TemporaryFolder::names_in(folder / "model"), ElementsAre("old"));
}

TEST(WriteFolderAtomically, NamesThePlaceAndNotTheHiddenFolder) {
  const TemporaryFolder folder;
  const auto fill = [](const fs::path& fresh) {
    throw RunError(SourceSpot{(fresh / "weights").string()}, "cannot write: no space", "make some");
  };
  EXPECT_EQ(error_of<RunError>([&] { write_folder_atomically(folder / "model", fill); }),
            (folder / "model/weights").string() + ": cannot write: no space. Fix: make some.");
  const auto other = [](const fs::path&) {
    throw RunError(SourceSpot{"elsewhere"}, "cannot read");
  };
  EXPECT_EQ(error_of<RunError>([&] { write_folder_atomically(folder / "model", other); }),
            "elsewhere: cannot read.");
}

TEST(RemoveFolderAtomically, LeavesNothing) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "old" / "inner");
  spill(folder / "old" / "a", "a");
  spill(folder / "old" / "inner" / "b", "b");
  remove_folder_atomically(folder / "old");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THROW(remove_folder_atomically(folder / "old"), RunError);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(WriteFolderAtomically, RefusesAFileAndAMissingParent) {
  const TemporaryFolder folder;
  spill(folder / "f", "x");
  const auto fill = [](const fs::path&) { FAIL() << "must be known before"; };
  EXPECT_THAT(error_of<RunError>([&] { write_folder_atomically(folder / "f", fill); }),
              HasSubstr("Not a directory"));
  EXPECT_THAT(error_of<RunError>([&] { write_folder_atomically(folder / "gone/d", fill); }),
              HasSubstr("No such file or directory"));
  EXPECT_EQ(slurp(folder / "f"), "x");
}

}  // namespace
}  // namespace regard
