// What files.h promises when a system call fails and when the process dies before one.

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "core/call_trap.h"

namespace regard::test {

Trap trap;

namespace {

namespace fs = std::filesystem;

constexpr int kDeathCode = 42;

/// Names as a test can compare them: the hidden ones have the process number in them.
std::string readable(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (name.starts_with(".regard-tmp-")) return "FRESH";
  if (name.starts_with(".regard-old-")) return "ASIDE";
  return name.starts_with("regard-test-") ? "PARENT" : name;
}

std::string path_of(int descriptor) {
  std::error_code ignored;
  return fs::read_symlink(str("/proc/self/fd/", descriptor), ignored).string();
}

/// Notes the call. True when it must fail; errno is set then.
bool is_trapped(const std::string& call) {
  trap.calls.push_back(call);
  const int number = static_cast<int>(trap.calls.size());
  if (number == trap.die_before) ::_exit(kDeathCode);
  if (number != trap.fail_at) return false;
  errno = trap.error;
  return true;
}

bool is_trapped(const std::string& call, int descriptor) {
  return is_trapped(call + readable(path_of(descriptor)));
}

bool is_folder(int descriptor) {
  struct stat status = {};
  return ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace
}  // namespace regard::test

using regard::test::trap;

extern "C" ssize_t write(int descriptor, const void* bytes, size_t count) {
  if (trap.is_armed) {
    if (regard::test::is_trapped("write ", descriptor)) return -1;
    if (trap.writes_shortly) count = std::min<size_t>(count, 7);
  }
  return ::syscall(SYS_write, descriptor, bytes, count);
}

extern "C" int fsync(int descriptor) {
  if (trap.is_armed) {
    if (regard::test::is_trapped("fsync ", descriptor)) return -1;
    if (trap.folder_sync_error != 0 && regard::test::is_folder(descriptor)) {
      errno = trap.folder_sync_error;
      return -1;
    }
  }
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

extern "C" int rename(const char* from, const char* to) noexcept {
  const auto call = [&] {
    return "rename " + regard::test::readable(from) + " " + regard::test::readable(to);
  };
  if (trap.is_armed && trap.before_rename) std::exchange(trap.before_rename, nullptr)();
  if (trap.is_armed && regard::test::is_trapped(call())) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                         unsigned flags) noexcept {
  const auto call = [&] {
    return "exchange " + regard::test::readable(from) + " " + regard::test::readable(to);
  };
  if (trap.is_armed) {
    if (!trap.has_exchange) {
      errno = EINVAL;
      return -1;
    }
    if (regard::test::is_trapped(call())) return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

extern "C" int flock(int descriptor, int operation) noexcept {
  if (trap.is_armed && trap.before_lock) {
    const auto action = std::exchange(trap.before_lock, nullptr);
    action(regard::test::path_of(descriptor));
  }
  return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
}

namespace regard::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EverySave : public ::testing::TestWithParam<Save> {
 protected:
  /// How many calls a save makes that nothing disturbs.
  int count_calls() const {
    const TemporaryFolder folder;
    prepare(GetParam(), folder / "target");
    const Armed armed(quiet_trap());
    GetParam().save(folder / "target");
    return static_cast<int>(trap.calls.size());
  }
  Trap quiet_trap() const {
    Trap quiet;
    quiet.has_exchange = GetParam().has_exchange;
    return quiet;
  }
  std::string before() const { return GetParam().has_old ? "old" : "missing"; }
};

INSTANTIATE_TEST_SUITE_P(Saves, EverySave, ::testing::ValuesIn(all_saves()),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(EverySave, SurvivesDeathBeforeEveryCall) {
  const int calls = count_calls();
  ASSERT_GE(calls, 5);
  for (int k = 1; k <= calls; ++k) {
    const TemporaryFolder folder;
    prepare(GetParam(), folder / "target");
    const pid_t child = ::fork();
    if (child == 0) {
      Trap deadly = quiet_trap();
      deadly.die_before = k;
      const Armed armed(deadly);
      GetParam().save(folder / "target");
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), kDeathCode) << "call " << k << " was not reached";
    if (GetParam().has_exchange) {
      EXPECT_THAT(GetParam().read(folder / "target"), ::testing::AnyOf(before(), "new")) << k;
    }
    remove_leftovers(folder.path());
    const std::string after = GetParam().read(folder / "target");
    EXPECT_THAT(after, ::testing::AnyOf(before(), "new")) << k;
    EXPECT_EQ(folder.names().size(), after == "missing" ? 0u : 1u) << "stray files, call " << k;
  }
}

TEST_P(EverySave, KeepsTheOldWhenACallFails) {
  const int calls = count_calls();
  for (const int error : {EIO, ENOSPC}) {
    for (int k = 1; k <= calls; ++k) {
      const TemporaryFolder folder;
      prepare(GetParam(), folder / "target");
      std::string message;
      std::string failed_call;
      {
        Trap failing = quiet_trap();
        failing.fail_at = k;
        failing.error = error;
        const Armed armed(failing);
        try {
          GetParam().save(folder / "target");
        } catch (const std::exception& thrown) {
          message = thrown.what();
        }
        failed_call = trap.calls[static_cast<std::size_t>(k) - 1];
        const auto repeats = std::count(trap.calls.begin() + k, trap.calls.end(), failed_call);
        EXPECT_EQ(failed_call.starts_with("fsync") ? repeats : 0, 0) << "a failed fsync is final";
      }
      EXPECT_NE(message, "") << failed_call << " failed and nobody was told";
      if (!message.starts_with("the caller's own")) {
        EXPECT_THAT(message, HasSubstr(error == EIO ? "Input/output error" : "No space left"));
        EXPECT_THAT(message, HasSubstr(folder.path().string()));
      }
      // Once the name is new, only the last fsync is left: without an old folder to put back, new
      // and complete it is.
      const bool is_named = failed_call == "fsync PARENT" && GetParam().name != "Folder" &&
                            GetParam().name != "FolderWithoutExchange";
      const std::string expected = is_named ? "new" : before();
      EXPECT_EQ(GetParam().read(folder / "target"), expected) << failed_call;
      EXPECT_EQ(folder.names().size(), expected == "missing" ? 0u : 1u) << failed_call;
    }
  }
}

TEST_P(EverySave, RepeatsInterruptedCalls) {
  const int calls = count_calls();
  int interrupted = 0;
  for (int k = 1; k <= calls; ++k) {
    const TemporaryFolder folder;
    prepare(GetParam(), folder / "target");
    std::string call;
    {
      Trap interrupting = quiet_trap();
      interrupting.fail_at = k;
      interrupting.error = EINTR;
      const Armed armed(interrupting);
      try {
        GetParam().save(folder / "target");
      } catch (const std::exception&) {
        // rename() never ends with EINTR, and the caller's own write is not ours to repeat.
        const std::string& failed = trap.calls[static_cast<std::size_t>(k) - 1];
        EXPECT_TRUE(failed.starts_with("rename") || failed.starts_with("exchange") ||
                    failed == "write a" || failed == "write b")
            << failed;
        continue;
      }
    }
    EXPECT_EQ(GetParam().read(folder / "target"), "new");
    ++interrupted;
  }
  EXPECT_GE(interrupted, 2);
}

TEST_P(EverySave, AcceptsFilesystemsThatCannotSyncFolders) {
  const TemporaryFolder folder;
  prepare(GetParam(), folder / "target");
  {
    Trap refusing = quiet_trap();
    refusing.folder_sync_error = EINVAL;
    const Armed armed(refusing);
    EXPECT_NO_THROW(GetParam().save(folder / "target"));
  }
  EXPECT_EQ(GetParam().read(folder / "target"), "new");
}

TEST(RemovedFolder, SurvivesDeathAndFailure) {
  const auto remove_with = [](const fs::path& target, Trap with) {
    const Armed armed(std::move(with));
    remove_folder_atomically(target);
  };
  for (int k = 1; k <= 2; ++k) {
    const TemporaryFolder folder;
    prepare(all_saves()[0], folder / "target");
    const pid_t child = ::fork();
    if (child == 0) {
      Trap deadly;
      deadly.die_before = k;
      remove_with(folder / "target", deadly);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), kDeathCode);
    EXPECT_EQ(read_pair(folder / "target"), k == 1 ? "old" : "missing");
    remove_leftovers(folder.path());
    EXPECT_EQ(folder.names().size(), k == 1 ? 1u : 0u);
  }
  for (int k = 1; k <= 2; ++k) {
    const TemporaryFolder folder;
    prepare(all_saves()[0], folder / "target");
    Trap failing;
    failing.fail_at = k;
    failing.error = EIO;
    EXPECT_THROW(remove_with(folder / "target", failing), RunError);
    EXPECT_EQ(read_pair(folder / "target"), k == 1 ? "old" : "missing");
    remove_leftovers(folder.path());
    EXPECT_EQ(folder.names().size(), k == 1 ? 1u : 0u);
  }
}

TEST(ReplacedLink, SurvivesDeathAndFailure) {
  for (int k = 1; k <= 2; ++k) {
    const TemporaryFolder folder;
    fs::create_symlink("old", folder / "link");
    const pid_t child = ::fork();
    if (child == 0) {
      Trap deadly;
      deadly.die_before = k;
      const Armed armed(deadly);
      replace_link(folder / "link", "new");
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), kDeathCode);
    remove_leftovers(folder.path());
    EXPECT_EQ(fs::read_symlink(folder / "link"), k == 1 ? "old" : "new");
    EXPECT_THAT(folder.names(), ElementsAre("link"));
  }
  const TemporaryFolder folder;
  fs::create_symlink("old", folder / "link");
  {
    Trap failing;
    failing.fail_at = 1;
    failing.error = EIO;
    const Armed armed(failing);
    EXPECT_THROW(replace_link(folder / "link", "new"), RunError);
  }
  EXPECT_EQ(fs::read_symlink(folder / "link"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("link"));
}

}  // namespace
}  // namespace regard::test
