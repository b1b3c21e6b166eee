#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/files.h"

#include "core/hidden_entry.h"
#include "core/posix.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// A hidden folder next to the target. Whatever bears its name at the end is removed: the new
/// folder when something failed, the old one after an exchange, nothing after a rename.
class HiddenFolder {
 public:
  explicit HiddenFolder(const fs::path& place) : entry_(create_hidden_folder(place)) {}
  ~HiddenFolder() {
    std::error_code ignored;
    fs::remove_all(entry_.path, ignored);
  }
  HiddenFolder(const HiddenFolder&) = delete;
  HiddenFolder& operator=(const HiddenFolder&) = delete;

  const fs::path& path() const { return entry_.path; }

 private:
  HiddenEntry entry_;
};

/// fsyncs every regular file below and at last the folder itself. Links are left alone: their names
/// are in the folder.
void sync_tree(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::file_status status = fs::symlink_status(entry->path(), error);
    if (error) break;
    if (fs::is_directory(status)) sync_tree(entry->path());
    if (!fs::is_regular_file(status)) continue;
    const Descriptor file = posix::open_descriptor(entry->path(), O_RDONLY | O_NOFOLLOW);
    if (!file.is_open()) posix::fail(entry->path(), "open", errno);
    posix::sync_file(file.get(), entry->path());
  }
  if (error) posix::fail(folder, "list", error.value());
  posix::sync_folder(folder);
}

/// Runs a step that works in the hidden folder. Its failure names the folder that was to be: a name
/// that will be gone tells nothing.
template <class Step>
void naming_place(const fs::path& hidden, const fs::path& place, Step step) {
  try {
    step();
  } catch (const RunError& error) {
    Problem problem = error.problems().front();
    std::string& name = problem.spot.name;
    if (!name.starts_with(hidden.string())) throw;
    name.replace(0, hidden.string().size(), place.string());
    throw RunError(problem.spot, problem.what, problem.fix);
  }
}

void rename_or_fail(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) posix::fail(to, "rename to", errno);
}

bool exchange(const fs::path& a, const fs::path& b) {
  return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
}

/// A free name for the folder that is being replaced.
fs::path name_to_set_aside(const fs::path& place) {
  for (int attempt = 0; attempt < kMaxNameAttempts; ++attempt) {
    const fs::path path = posix::folder_of(place) /
                          hidden_name(HiddenKind::set_aside, place.filename().string(), attempt);
    std::error_code ignored;
    if (fs::symlink_status(path, ignored).type() == fs::file_type::not_found) return path;
  }
  posix::fail(place, "rename it", EEXIST);
}

/// Holds a folder that is about to get a hidden name, where it can be opened, so that
/// remove_leftovers() of another thread does not remove what bears that name later.
Descriptor locked_folder(const fs::path& folder) {
  Descriptor descriptor = posix::open_descriptor(folder, O_RDONLY | O_DIRECTORY);
  if (descriptor.is_open()) lock_hidden_entry(descriptor.get());
  return descriptor;
}

/// Puts `fresh` where the folder `place` is, in two steps. The old folder, which has no name of its
/// own in between, is locked by the caller.
void replace_in_two_steps(const fs::path& fresh, const fs::path& place) {
  const fs::path aside = name_to_set_aside(place);
  rename_or_fail(place, aside);
  try {
    rename_or_fail(fresh, place);
    posix::sync_folder(posix::folder_of(place));
  } catch (...) {
    // Back to what was (the first step has nothing to do when `fresh` never got its place); a
    // failure here leaves a hidden folder that remove_leftovers() restores.
    ::rename(place.c_str(), fresh.c_str());
    ::rename(aside.c_str(), place.c_str());
    throw;
  }
  std::error_code ignored;
  fs::remove_all(aside, ignored);
}

/// Puts `fresh` where the folder `place` is; the old one ends under the name of `fresh`, or is
/// removed.
void replace_folder(const fs::path& fresh, const fs::path& place) {
  if (!exchange(fresh, place)) {
    const bool is_unknown = errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;
    if (!is_unknown) posix::fail(place, "replace", errno);
    replace_in_two_steps(fresh, place);
    return;
  }
  try {
    posix::sync_folder(posix::folder_of(place));
  } catch (...) {
    exchange(fresh, place);
    throw;
  }
}

/// The mode of the folder at `place`; empty when there is nothing. Throws RunError for anything
/// else.
std::optional<mode_t> folder_mode(const fs::path& place) {
  struct stat old = {};
  if (::stat(place.c_str(), &old) != 0) {
    if (errno == ENOENT) return std::nullopt;
    posix::fail(place, "replace", errno);
  }
  if (!S_ISDIR(old.st_mode)) posix::fail(place, "replace", ENOTDIR);
  return old.st_mode & 07777;
}

fs::path without_final_slash(fs::path path) {
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

void write_folder_atomically(const fs::path& target,
                             const std::function<void(const fs::path&)>& fill) {
  const fs::path place = posix::follow_links(without_final_slash(target));
  const std::optional<mode_t> old_mode = folder_mode(place);
  const Descriptor old = locked_folder(place);  // released after it is removed
  const HiddenFolder fresh(place);
  naming_place(fresh.path(), place, [&] {
    fill(fresh.path());
    if (old_mode && ::chmod(fresh.path().c_str(), *old_mode) != 0) {
      posix::fail(place, "set the mode", errno);
    }
    sync_tree(fresh.path());
  });
  if (old_mode) {
    replace_folder(fresh.path(), place);
  } else {
    rename_or_fail(fresh.path(), place);
    posix::sync_folder(posix::folder_of(place));
  }
}

void remove_folder_atomically(const fs::path& target) {
  const fs::path place = without_final_slash(target);
  const Descriptor old = locked_folder(place);  // released after it is removed
  const HiddenFolder grave(place);
  rename_or_fail(place, grave.path());  // over the empty folder
  posix::sync_folder(posix::folder_of(place));
}

}  // namespace regard
