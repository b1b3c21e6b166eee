// What files.h promises when a system call fails and when the process dies before one. The calls
// that change the disk are replaced for the whole test program; they pass through unless a test has
// armed the trap.

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "core/temporary_folder.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr int kNever = 0;
constexpr int kDeathCode = 42;

/// What happens to the calls of this process. Calls count from 1.
struct Trap {
  bool is_armed = false;
  int fail_at = kNever;  ///< this call fails with `error`
  int error = 0;
  int die_before = kNever;   ///< the process ends instead of this call
  bool has_exchange = true;  ///< false: the filesystem cannot exchange names
  bool writes_shortly = false;
  int folder_sync_error = 0;  ///< fsync of a folder always fails with it
  std::vector<std::string> calls;
};

Trap trap;

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

bool is_folder(int descriptor) {
  struct stat status = {};
  return ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace
}  // namespace regard

using regard::trap;

extern "C" ssize_t write(int descriptor, const void* bytes, size_t count) {
  if (trap.is_armed) {
    if (regard::is_trapped("write " + regard::readable(regard::path_of(descriptor)))) return -1;
    if (trap.writes_shortly) count = std::min<size_t>(count, 7);
  }
  return ::syscall(SYS_write, descriptor, bytes, count);
}

extern "C" int fsync(int descriptor) {
  if (trap.is_armed) {
    if (regard::is_trapped("fsync " + regard::readable(regard::path_of(descriptor)))) return -1;
    if (trap.folder_sync_error != 0 && regard::is_folder(descriptor)) {
      errno = trap.folder_sync_error;
      return -1;
    }
  }
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

extern "C" int rename(const char* from, const char* to) noexcept {
  const auto call = [&] { return "rename " + regard::readable(from) + " " + regard::readable(to); };
  if (trap.is_armed && regard::is_trapped(call())) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                         unsigned flags) noexcept {
  const auto call = [&] {
    return "exchange " + regard::readable(from) + " " + regard::readable(to);
  };
  if (trap.is_armed) {
    if (!trap.has_exchange) {
      errno = EINVAL;
      return -1;
    }
    if (regard::is_trapped(call())) return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

namespace regard {
namespace {

using test::slurp;
using test::spill;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

/// Arms the trap for its lifetime.
class Armed {
 public:
  explicit Armed(Trap with) {
    trap = std::move(with);
    trap.is_armed = true;
  }
  ~Armed() { trap = Trap(); }
};

/// Writes without any of the code under test.
void write_plainly(const fs::path& path, const std::string& bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0666);
  const bool is_written = ::write(file, bytes.data(), bytes.size()) > 0;
  ::close(file);
  if (!is_written) throw std::runtime_error("the caller's own write failed");
}

/// One way of saving. `read` gives what is under the target's name: "old", "new" or, when neither
/// is complete, else.
struct Save {
  std::string name;
  bool has_exchange;
  bool has_old;
  std::function<void(const fs::path&)> save;
  std::function<std::string(const fs::path&)> read;
};

std::string read_pair(const fs::path& target) {
  if (!fs::exists(target)) return "missing";
  const std::string a = fs::exists(target / "a") ? slurp(target / "a") : "";
  const std::string b = fs::exists(target / "b") ? slurp(target / "b") : "";
  return a == b ? a : str("mixed ", a, " ", b);
}

void save_pair(const fs::path& target) {
  write_folder_atomically(target, [](const fs::path& fresh) {
    write_plainly(fresh / "a", "new");
    write_plainly(fresh / "b", "new");
  });
}

void save_text(const fs::path& target) {
  AtomicFile file(target);
  file.write("n");
  file.flush();
  file.write("ew");
  file.commit();
}

std::string read_text(const fs::path& target) {
  return fs::exists(target) ? slurp(target) : "missing";
}

std::vector<Save> all_saves() {
  return {{"Folder", true, true, save_pair, read_pair},
          {"FolderWithoutExchange", false, true, save_pair, read_pair},
          {"NewFolder", true, false, save_pair, read_pair},
          {"File", true, true, save_text, read_text},
          {"NewFile", true, false, save_text, read_text}};
}

/// What the target holds before the save.
void prepare(const Save& save, const fs::path& target) {
  if (!save.has_old) return;
  if (save.name.find("Folder") == std::string::npos) return spill(target, "old");
  fs::create_directory(target);
  spill(target / "a", "old");
  spill(target / "b", "old");
}

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

TEST(ReplacedLink, SurvivesDeathAndFailure) {
  for (int k = 1; k <= 2; ++k) {
    const TemporaryFolder folder;
    fs::create_symlink("old", folder / "link");
    const pid_t child = ::fork();
    if (child == 0) {
      Trap deadly;
      deadly.die_before = k;
      const Armed armed(deadly);
      replace_symlink(folder / "link", "new");
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
    EXPECT_THROW(replace_symlink(folder / "link", "new"), RunError);
  }
  EXPECT_EQ(fs::read_symlink(folder / "link"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("link"));
}

}  // namespace
}  // namespace regard
