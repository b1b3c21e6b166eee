#pragma once

#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "core/file_support.h"

/// The system calls that change the disk are replaced for the whole test program
/// (files_crash_test.cpp). They pass through unless a test has armed the trap.
namespace regard::test {

/// What happens to the calls of this process. Calls count from 1.
struct Trap {
  bool is_armed = false;
  int fail_at = 0;  ///< this call fails with `error`
  int error = 0;
  int die_before = 0;        ///< the process ends instead of this call
  bool has_exchange = true;  ///< false: the filesystem cannot exchange names
  bool writes_shortly = false;
  int folder_sync_error = 0;  ///< fsync of a folder always fails with it
  /// Runs once, with the path that is being locked.
  std::function<void(const std::string&)> before_lock;
  std::function<void()> before_rename;  ///< runs once
  std::vector<std::string> calls;
};

extern Trap trap;

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
inline void write_plainly(const std::filesystem::path& path, const std::string& bytes) {
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
  std::function<void(const std::filesystem::path&)> save;
  std::function<std::string(const std::filesystem::path&)> read;
};

inline std::string read_pair(const std::filesystem::path& target) {
  if (!std::filesystem::exists(target)) return "missing";
  const std::string a = std::filesystem::exists(target / "a") ? slurp(target / "a") : "";
  const std::string b = std::filesystem::exists(target / "b") ? slurp(target / "b") : "";
  return a == b ? a : str("mixed ", a, " ", b);
}

inline void save_pair(const std::filesystem::path& target) {
  write_folder_atomically(target, [](const std::filesystem::path& fresh) {
    write_plainly(fresh / "a", "new");
    write_plainly(fresh / "b", "new");
  });
}

inline void save_text(const std::filesystem::path& target) {
  AtomicFile file(target);
  file.write("n");
  file.flush();
  file.write("ew");
  file.commit();
}

inline std::string read_text(const std::filesystem::path& target) {
  return std::filesystem::exists(target) ? slurp(target) : "missing";
}

inline std::vector<Save> all_saves() {
  return {{"Folder", true, true, save_pair, read_pair},
          {"FolderWithoutExchange", false, true, save_pair, read_pair},
          {"NewFolder", true, false, save_pair, read_pair},
          {"File", true, true, save_text, read_text},
          {"NewFile", true, false, save_text, read_text}};
}

/// What the target holds before the save.
inline void prepare(const Save& save, const std::filesystem::path& target) {
  if (!save.has_old) return;
  if (save.name.find("Folder") == std::string::npos) return spill(target, "old");
  std::filesystem::create_directory(target);
  spill(target / "a", "old");
  spill(target / "b", "old");
}

}  // namespace regard::test
