#include <atomic>
#include <signal.h>
#include <sys/wait.h>
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
using test::run_and_kill;
using test::slurp;
using test::spill;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RemoveLeftovers, RemovesWhatAKilledProcessLeft) {
  const TemporaryFolder folder;
  run_and_kill([&] {
    new AtomicFile(folder / "f");
    write_folder_atomically(folder / "d", [&](const fs::path& fresh) {
      spill(fresh / "part", "x");
      ::kill(::getpid(), SIGKILL);
    });
  });
  ASSERT_EQ(folder.names().size(), 2u);
  remove_leftovers(folder.path());
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(RemoveLeftovers, SparesWhatALivingProcessWrites) {
  const TemporaryFolder folder;
  int to_parent[2], to_child[2];
  ASSERT_EQ(::pipe(to_parent), 0);
  ASSERT_EQ(::pipe(to_child), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 'x';
    AtomicFile file(folder / "theirs");
    const bool is_ready =
        ::write(to_parent[1], &byte, 1) == 1 && ::read(to_child[0], &byte, 1) == 1;
    file.write("done");
    file.commit();
    ::_exit(is_ready ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(::read(to_parent[0], &byte, 1), 1);
  AtomicFile mine(folder / "mine");
  write_folder_atomically(folder / "d", [&](const fs::path&) {
    remove_leftovers(folder.path());
    EXPECT_EQ(folder.names().size(), 3u);
  });
  mine.commit();
  ASSERT_EQ(::write(to_child[1], &byte, 1), 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(slurp(folder / "theirs"), "done");
  EXPECT_THAT(folder.names(), ElementsAre("d", "mine", "theirs"));
  for (const int end : {to_parent[0], to_parent[1], to_child[0], to_child[1]})
    ::close(end);
}

TEST(RemoveLeftovers, NeverDisturbsWritersThatStart) {
  const TemporaryFolder folder;
  std::atomic<bool> is_over{false};
  std::thread cleaner([&] {
    while (!is_over)
      remove_leftovers(folder.path());
  });
  for (int i = 0; i < 60; ++i) {
    const std::string text = std::to_string(i);
    EXPECT_NO_THROW(write_file_atomically(folder / "f", text));
    EXPECT_NO_THROW(write_folder_atomically(
        folder / "d", [&](const fs::path& fresh) { spill(fresh / "f", text); }));
    EXPECT_NO_THROW(replace_link(folder / "link", text));
    EXPECT_EQ(slurp(folder / "f") + slurp(folder / "d/f"), text + text);
    EXPECT_EQ(fs::read_symlink(folder / "link"), text);
  }
  is_over = true;
  cleaner.join();
  EXPECT_THAT(folder.names(), ElementsAre("d", "f", "link"));
}

TEST(RemoveLeftovers, KnowsAnOldRunWithTheSameProcessNumber) {
  // In a container every run may be process 1.
  const TemporaryFolder folder;
  spill(folder / str(".regard-tmp-", ::getpid(), "-0-f"), "x");
  fs::create_symlink("gone", folder / str(".regard-tmp-", ::getpid(), "-0-link"));
  write_file_atomically(folder / "f", "new");
  EXPECT_EQ(slurp(folder / "f"), "new") << "the taken name is no obstacle";
  remove_leftovers(folder.path());
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

TEST(RemoveLeftovers, TouchesNothingElse) {
  const TemporaryFolder folder;
  const std::vector<std::string> names = {".hidden",
                                          ".regard-tmp-",
                                          ".regard-tmp-1",
                                          ".regard-tmp-x-0-f",
                                          ".regard-tmp-1-f",
                                          ".regard-tmp-1-0-",
                                          ".regard-tmp--1-0-f",
                                          ".regard-tmp-0-0-f",
                                          "f",
                                          "regard-tmp-1-0-f"};
  for (const std::string& name : names)
    spill(folder / name, "x");
  fs::create_directory(folder / "sub");
  const pid_t dead = run_and_kill([] {});
  spill(folder / str("sub/.regard-tmp-", dead, "-0-f"), "x");
  std::vector<std::string> before = folder.names();
  remove_leftovers(folder.path());
  EXPECT_EQ(folder.names(), before);
  EXPECT_EQ(TemporaryFolder::names_in(folder / "sub").size(), 1u) << "not below the folder";
  EXPECT_NO_THROW(remove_leftovers(folder / "gone"));
}

TEST(RemoveLeftovers, PutsAFolderBackThatWasSetAside) {
  const TemporaryFolder folder;
  const pid_t dead = run_and_kill([] {});
  for (const char* name : {"lost", "kept"}) {
    const fs::path aside = folder / str(".regard-old-", dead, "-0-", name);
    fs::create_directory(aside);
    spill(aside / "f", "old");
  }
  fs::create_directory(folder / "kept");
  remove_leftovers(folder.path());
  EXPECT_THAT(folder.names(), ElementsAre("kept", "lost"));
  EXPECT_EQ(slurp(folder / "lost/f"), "old");
  EXPECT_TRUE(fs::is_empty(folder / "kept"));
}

}  // namespace
}  // namespace regard
