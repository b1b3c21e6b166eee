#include <atomic>
#include <thread>
#include <unistd.h>

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
using test::run_and_kill;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(FolderLock, IsExclusiveAndLeavesNothing) {
  const TemporaryFolder folder;
  {
    const FolderLock lock(folder.path());
    const std::string error = error_of<UserError>([&] { FolderLock second(folder.path()); });
    EXPECT_THAT(error, StartsWith(folder.path().string() + ": in use by another process ("));
    EXPECT_THAT(error, HasSubstr(std::to_string(::getpid())));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
  EXPECT_NO_THROW(FolderLock(folder.path()));
}

TEST(FolderLock, EndsWithItsProcess) {
  const TemporaryFolder folder;
  run_and_kill([&] { new FolderLock(folder.path()); });
  EXPECT_THAT(folder.names(), ElementsAre(".lock"));
  EXPECT_NO_THROW(FolderLock(folder.path()));
  EXPECT_THROW(FolderLock(folder / "gone"), RunError);
}

TEST(FolderLock, NeverHasTwoHolders) {
  const TemporaryFolder folder;
  std::atomic<int> holders{0}, taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        try {
          const FolderLock lock(folder.path());
          EXPECT_EQ(++holders, 1);
          ++taken;
          for (int k = 0; k < 20; ++k)
            std::this_thread::yield();
          --holders;
        } catch (const UserError&) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_GE(taken, 1);
}

}  // namespace
}  // namespace regard
