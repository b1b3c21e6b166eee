#include "regard/core/files.h"

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "core/temporary_folder.h"

namespace regard {
namespace {

namespace fs = std::filesystem;
using test::slurp;
using test::spill;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// The text of the error of this type that `call` throws.
template <class ErrorType, class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const ErrorType& error) {
    return error.what();
  }
  return "nothing thrown";
}

mode_t mode_of(const fs::path& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

/// Runs `body` in a child process and kills it with SIGKILL when `body` has returned.
template <class Body>
pid_t run_and_kill(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  return child;
}

TEST(ReadFile, GivesAllBytes) {
  const TemporaryFolder folder;
  std::string bytes(300000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 7 % 256);
  spill(folder / "f", bytes);
  EXPECT_EQ(read_file(folder / "f"), bytes);
  EXPECT_EQ(read_file(folder / "f", bytes.size()), bytes) << "the limit itself is allowed";
  spill(folder / "empty", "");
  EXPECT_EQ(read_file(folder / "empty"), "");
  EXPECT_EQ(read_file(folder / "empty", 0), "");
}

TEST(ReadFile, ReadsFilesThatStateNoSize) {
  EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("Pid:"));
}

TEST(ReadFile, RefusesWithTheReasonOfTheSystem) {
  const TemporaryFolder folder;
  spill(folder / "long", "12345");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  fs::create_symlink("loop", folder / "loop");
  const auto read = [&](const std::string& name, std::uint64_t limit = UINT64_MAX) {
    return error_of<UserError>([&] { read_file(folder / name, limit); });
  };
  EXPECT_EQ(read("gone"), (folder / "gone").string() + ": cannot read: No such file or directory.");
  EXPECT_EQ(read(""), folder.path().string() + "/: cannot read: Is a directory.");
  EXPECT_THAT(read("fifo"), HasSubstr("not a regular file"));
  EXPECT_THAT(read("loop"), HasSubstr("Too many levels of symbolic links"));
  EXPECT_THAT(read("long", 4), HasSubstr("longer than 4 bytes"));
  EXPECT_THAT(error_of<UserError>([] { read_file("/dev/zero", 10); }),
              HasSubstr("not a regular file"));
}

TEST(RequireRegularFile, AcceptsAFileAndALinkToOne) {
  const TemporaryFolder folder;
  spill(folder / "f", "x");
  fs::create_symlink("f", folder / "link");
  EXPECT_NO_THROW(require_regular_file(folder / "f"));
  EXPECT_NO_THROW(require_regular_file(folder / "link"));
  EXPECT_THROW(require_regular_file(folder.path()), UserError);
  EXPECT_THROW(require_regular_file(folder / "gone"), UserError);
}

TEST(AtomicFile, AppearsCompleteAtCommit) {
  const TemporaryFolder folder;
  spill(folder / "f", "old");
  AtomicFile file(folder / "f");
  file.write("new ");
  file.flush();
  file.write("text");
  EXPECT_EQ(slurp(folder / "f"), "old");
  EXPECT_EQ(folder.names().size(), 2u) << "the hidden file lies beside the target";
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

TEST(ReplaceSymlink, MakesAndReplacesARelativeLink) {
  const TemporaryFolder folder;
  replace_symlink(folder / "best", "update-1");
  EXPECT_EQ(fs::read_symlink(folder / "best"), "update-1");
  replace_symlink(folder / "best", folder / "update-2/");
  EXPECT_EQ(fs::read_symlink(folder / "best"), "update-2");
  EXPECT_THAT(folder.names(), ElementsAre("best"));
}

TEST(ReplaceSymlink, RefusesToReplaceAFolder) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "best");
  EXPECT_THAT(error_of<RunError>([&] { replace_symlink(folder / "best", "x"); }),
              HasSubstr("cannot make the link: Is a directory"));
  EXPECT_THAT(folder.names(), ElementsAre("best"));
  EXPECT_THROW(replace_symlink(folder / "gone/best", "x"), RunError);
}

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
          --holders;
        } catch (const UserError&) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_GT(taken, 100);
}

TEST(Fingerprint, IsFnv1a) {
  EXPECT_EQ(to_hex(fingerprint("")), "cbf29ce484222325");
  EXPECT_EQ(to_hex(fingerprint("a")), "af63dc4c8601ec8c");
  EXPECT_EQ(to_hex(fingerprint("foobar")), "85944171f73967e8");
  EXPECT_EQ(fingerprint("bar", fingerprint("foo")), fingerprint("foobar"));
}

TEST(ToHex, HasSixteenDigits) {
  EXPECT_EQ(to_hex(0), "0000000000000000");
  EXPECT_EQ(to_hex(0xABC), "0000000000000abc");
  EXPECT_EQ(to_hex(UINT64_MAX), "ffffffffffffffff");
}

}  // namespace
}  // namespace regard
