#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/stat.h>
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
using test::mode_of;
using test::slurp;
using test::spill;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(AtomicFile, AppearsCompleteAtCommit) {
  const TemporaryFolder folder;
  spill(folder / "f", "old");
  AtomicFile file(folder / "f");
  file.write("new ");
  file.flush();
  file.write("text");
  EXPECT_EQ(slurp(folder / "f"), "old");
  EXPECT_EQ(folder.names().size(), 2u) << "the hidden file lies next to the target";
  file.commit();
  EXPECT_EQ(slurp(folder / "f"), "new text");
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

TEST(AtomicFile, WritesMoreThanItsBuffer) {
  const TemporaryFolder folder;
  std::string expected;
  AtomicFile file(folder / "f");
  for (int i = 0; i < 400; ++i) {
    const std::string piece(static_cast<std::size_t>(i * i), static_cast<char>('a' + i % 26));
    file.write(piece);
    expected += piece;
  }
  file.commit();
  ASSERT_GT(expected.size(), 20'000'000u);
  EXPECT_EQ(fingerprint(slurp(folder / "f")), fingerprint(expected));
}

TEST(AtomicFile, LeavesNoTraceWithoutCommit) {
  const TemporaryFolder folder;
  spill(folder / "f", "old");
  for (const char* name : {"f", "g"}) {
    AtomicFile file(folder / name);
    file.write("half");
  }
  EXPECT_EQ(slurp(folder / "f"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

TEST(AtomicFile, KeepsTheModeOfAnExistingFile) {
  const TemporaryFolder folder;
  const mode_t old_umask = ::umask(027);
  spill(folder / "private", "");
  ::chmod((folder / "private").c_str(), 0600);
  spill(folder / "open", "");
  ::chmod((folder / "open").c_str(), 0666);
  for (const char* name : {"private", "open", "new"})
    write_file_atomically(folder / name, "x");
  ::umask(old_umask);
  EXPECT_EQ(mode_of(folder / "private"), 0600u);
  EXPECT_EQ(mode_of(folder / "open"), 0666u);
  EXPECT_EQ(mode_of(folder / "new"), 0640u);
}

TEST(AtomicFile, ReplacesWhatALinkLeadsTo) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "there");
  spill(folder / "there/f", "old");
  fs::create_symlink("there/f", folder / "near");
  fs::create_symlink("near", folder / "link");
  write_file_atomically(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_TRUE(fs::is_symlink(folder / "near"));
  EXPECT_FALSE(fs::is_symlink(folder / "there/f"));
  EXPECT_EQ(slurp(folder / "there/f"), "new");
  EXPECT_THAT(TemporaryFolder::names_in(folder / "there"), ElementsAre("f"));
}

TEST(AtomicFile, MakesTheFileThatADanglingLinkNames) {
  const TemporaryFolder folder;
  fs::create_symlink("f", folder / "link");
  write_file_atomically(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(slurp(folder / "f"), "new");
}

TEST(AtomicFile, WritesIntoAFifoAndLeavesItThere) {
  const TemporaryFolder folder;
  const fs::path fifo = folder / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = slurp(fifo); });
  write_file_atomically(fifo, "through the pipe");
  reader.join();
  EXPECT_EQ(received, "through the pipe");
  EXPECT_TRUE(fs::is_fifo(fifo));
  EXPECT_THAT(folder.names(), ElementsAre("fifo"));
}

/// Writes into a new pseudo-terminal by its name and gives what arrives at the other end.
std::string through_terminal(const std::string& text) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0) throw std::runtime_error("this test needs pseudo-terminals (/dev/pts)");
  ::grantpt(master);
  ::unlockpt(master);
  write_file_atomically(::ptsname(master), text);
  char buffer[100];
  const ssize_t count = ::read(master, buffer, sizeof buffer);
  ::close(master);
  return std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
}

TEST(AtomicFile, WritesADeviceInPlace) {
  EXPECT_EQ(through_terminal("text"), "text");
}

TEST(AtomicFile, FailsOnAFullDevice) {
  // First with a device that nobody misses: a broken AtomicFile would replace the other one for the
  // whole machine.
  ASSERT_EQ(through_terminal("text"), "text");
  const std::string error = error_of<RunError>([] { write_file_atomically("/dev/full", "x"); });
  EXPECT_THAT(error, StartsWith("/dev/full: cannot write: No space left on device."));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  AtomicFile file("/dev/full");
  file.write("x");
  EXPECT_THROW(file.flush(), RunError);
  EXPECT_THROW(file.write("y"), RunError) << "once failed, it stays failed";
  EXPECT_THROW(file.commit(), RunError);
}

/// Sends standard output into a file for its lifetime.
class RedirectedStdout {
 public:
  explicit RedirectedStdout(const fs::path& path) {
    std::fflush(stdout);
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND);
    ::dup2(file, STDOUT_FILENO);
    ::close(file);
  }
  ~RedirectedStdout() {
    ::dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
  }

 private:
  int saved_ = ::dup(STDOUT_FILENO);
};

TEST(AtomicFile, AppendsToStandardOutputWhereItStands) {
  const TemporaryFolder folder;
  spill(folder / "out", "before ");
  // What /dev/stdout is; that one itself would be lost if a broken AtomicFile replaced it.
  fs::create_symlink("/proc/self/fd/1", folder / "stdout");
  for (const fs::path& name : {folder / "stdout", fs::path("/dev/fd/1")}) {
    const RedirectedStdout redirected(folder / "out");
    write_file_atomically(name, "text ");
  }
  EXPECT_EQ(slurp(folder / "out"), "before text text ");
  EXPECT_TRUE(fs::is_symlink(folder / "stdout"));
  EXPECT_THAT(folder.names(), ElementsAre("out", "stdout"));
}

TEST(AtomicFile, RefusesAFolderAndAMissingFolder) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "d");
  const auto open = [&](const std::string& name) { AtomicFile file(folder / name); };
  EXPECT_THAT(error_of<UserError>([&] { open("d"); }), HasSubstr("it is a folder"));
  EXPECT_THAT(error_of<UserError>([&] { open("new/"); }), HasSubstr("it is a folder"));
  EXPECT_THAT(error_of<RunError>([&] { open("gone/f"); }), HasSubstr("No such file or directory"));
  spill(folder / "f", "x");
  EXPECT_THAT(error_of<RunError>([&] { open("f/g"); }), HasSubstr("Not a directory"));
  fs::create_symlink("loop", folder / "loop");
  EXPECT_THAT(error_of<RunError>([&] { open("loop"); }), HasSubstr("Too many levels"));
  EXPECT_THAT(folder.names(), ElementsAre("d", "f", "loop"));
}

TEST(AtomicFile, KeepsTheOldFileWhenTheLimitOfTheSystemIsReached) {
  const TemporaryFolder folder;
  spill(folder / "f", "old");
  rlimit old_limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {8192, old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const std::string error =
      error_of<RunError>([&] { write_file_atomically(folder / "f", std::string(100000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(error, (folder / "f").string() + ": cannot write: File too large.");
  EXPECT_EQ(slurp(folder / "f"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

TEST(AtomicFile, AcceptsTheLongestName) {
  const TemporaryFolder folder;
  const std::string name(255, 'n');
  write_file_atomically(folder / name, "x");
  EXPECT_THAT(folder.names(), ElementsAre(name));
}

TEST(AtomicFile, LetsTwoWritersOfOneTargetFinish) {
  const TemporaryFolder folder;
  AtomicFile first(folder / "f"), second(folder / "f");
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  EXPECT_EQ(slurp(folder / "f"), "first");
  EXPECT_THAT(folder.names(), ElementsAre("f"));
}

}  // namespace
}  // namespace regard
