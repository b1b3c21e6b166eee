#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "regard/core/descriptor.h"

/// The system's file calls as `core` uses them: interrupted calls are repeated, failures throw
/// RunError with the path, what was tried and the system's reason.
namespace regard::posix {

/// Repeats a call that returns -1 with EINTR.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR)
    result = call();
  return result;
}

/// "No space left on device" for ENOSPC.
std::string reason(int error);

/// Throws RunError: "<path>: cannot <action>: <reason>", with a fix where one is known.
[[noreturn]] void fail(const std::filesystem::path& path, std::string_view action, int error);

/// open(2) with O_CLOEXEC; the descriptor is not open on failure, with errno set.
Descriptor open_descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0);

/// Writes all bytes; 0, or the number of the error that stopped it.
int try_write_all(int descriptor, std::string_view bytes);

/// The same, but throws as fail() does; `path` is for the message.
void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path);

/// Waits until the file is on the disk. A failure is final: the system may have dropped the data
/// already, and a second call would claim success.
void sync_file(int descriptor, const std::filesystem::path& path);

/// The same for the names in a folder. Filesystems that cannot do it (EINVAL, ENOTSUP) are left
/// alone.
void sync_folder(const std::filesystem::path& folder);

/// True when both lead to one file: a descriptor and the name that it was opened by.
bool is_still_named(int descriptor, const std::filesystem::path& path);

/// The folder that holds `path`; "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// Follows links at the end of `path`, so that a file is replaced and not the link to it; the
/// result may not exist. Links of /proc/<process>/fd stay: they are open files and not names.
std::filesystem::path follow_links(const std::filesystem::path& path);

}  // namespace regard::posix
