#include "core/hidden_entry.h"

#include <charconv>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFreshPrefix = ".regard-tmp-";
constexpr std::string_view kSetAsidePrefix = ".regard-old-";

std::string_view prefix_of(HiddenKind kind) {
  return kind == HiddenKind::fresh ? kFreshPrefix : kSetAsidePrefix;
}

/// Takes "<digits>-" off the front.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(result.ptr - text.data());
  if (result.ec != std::errc() || number < 0) return std::nullopt;
  if (length >= text.size() || text[length] != '-') return std::nullopt;
  text.remove_prefix(length + 1);
  return number;
}

/// Calls `create(path)` with one free name after the other until it gives a descriptor that is
/// still named after locking: between the two, remove_leftovers() of another process may have taken
/// it for abandoned.
template <class Create>
HiddenEntry create_hidden_entry(const fs::path& target, Create create) {
  const fs::path folder = posix::folder_of(target);
  for (int attempt = 0; attempt < kMaxNameAttempts; ++attempt) {
    const std::string name = hidden_name(HiddenKind::fresh, target.filename().string(), attempt);
    HiddenEntry entry{folder / name, {}};
    entry.descriptor = create(entry.path);
    if (!entry.descriptor.is_open()) {
      const int error = errno;
      // Not there although its folder is: removed between mkdir and open.
      std::error_code ignored;
      const bool is_taken =
          error == EEXIST || (error == ENOENT && fs::is_directory(folder, ignored));
      if (is_taken) continue;
      posix::fail(target, "create a temporary file next to it", error);
    }
    lock_hidden_entry(entry.descriptor.get());
    if (posix::is_still_named(entry.descriptor.get(), entry.path)) return entry;
  }
  posix::fail(target, "create a temporary file next to it", EEXIST);
}

bool is_alive(pid_t process) {
  return ::kill(process, 0) == 0 || errno != ESRCH;
}

/// True when nobody uses the entry. `lock` then holds it, where the filesystem has locks.
bool is_abandoned(const fs::path& path, pid_t process, Descriptor& lock) {
  lock = posix::open_descriptor(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (lock.is_open()) {
    if (posix::retry([&] { return ::flock(lock.get(), LOCK_EX | LOCK_NB); }) == 0) {
      // Its owner may have renamed it before we had the lock, and made another of this name since.
      return posix::is_still_named(lock.get(), path);
    }
    if (errno == EWOULDBLOCK) return false;
  } else if (errno == ELOOP && process == ::getpid()) {
    // A link cannot be locked; replace_link() copes with one that vanishes, and after a restart
    // in a container this process may have the number of the one that was killed.
    return true;
  }
  return !is_alive(process);
}

void remove_leftover(const fs::path& path, const HiddenName& name) {
  Descriptor lock;
  if (!is_abandoned(path, name.process, lock)) return;
  std::error_code ignored;
  const fs::path target = posix::folder_of(path) / name.target_name;
  const bool is_only_copy = name.kind == HiddenKind::set_aside &&
                            fs::symlink_status(target).type() == fs::file_type::not_found;
  if (is_only_copy) {
    fs::rename(path, target, ignored);
  } else {
    fs::remove_all(path, ignored);
  }
}

}  // namespace

std::string hidden_name(HiddenKind kind, std::string_view target_name, int attempt) {
  constexpr std::size_t kMaxTargetName = 150;  // keeps the whole below the usual limit of 255 bytes
  // A folder set aside must find its way back, so its name stays whole.
  if (kind == HiddenKind::fresh) target_name = utf8_prefix(target_name, kMaxTargetName);
  return str(prefix_of(kind), ::getpid(), "-", attempt, "-", target_name);
}

std::optional<HiddenName> parse_hidden_name(std::string_view name) {
  for (const HiddenKind kind : {HiddenKind::fresh, HiddenKind::set_aside}) {
    if (!name.starts_with(prefix_of(kind))) continue;
    std::string_view rest = name.substr(prefix_of(kind).size());
    const std::optional<int> process = take_number(rest);
    const std::optional<int> attempt = process ? take_number(rest) : std::nullopt;
    if (!attempt || *process == 0 || rest.empty()) return std::nullopt;
    return HiddenName{kind, *process, std::string(rest)};
  }
  return std::nullopt;
}

void lock_hidden_entry(int descriptor) {
  posix::retry([&] { return ::flock(descriptor, LOCK_EX); });
}

HiddenEntry create_hidden_file(const fs::path& target, mode_t mode) {
  return create_hidden_entry(target, [&](const fs::path& path) {
    return posix::open_descriptor(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  });
}

HiddenEntry create_hidden_folder(const fs::path& target) {
  return create_hidden_entry(target, [&](const fs::path& path) {
    if (::mkdir(path.c_str(), 0777) != 0) return Descriptor();
    return posix::open_descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  });
}

void remove_leftovers(const fs::path& folder) {
  // Listed before anything is removed: what a listing shows of a changing folder is not defined.
  std::vector<fs::path> paths;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    paths.push_back(entry->path());
  }
  for (const fs::path& path : paths) {
    if (const auto name = parse_hidden_name(path.filename().string())) remove_leftover(path, *name);
  }
}

}  // namespace regard
