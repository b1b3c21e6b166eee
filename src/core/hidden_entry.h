#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "core/posix.h"

/// Hidden names next to a target, for what is not complete yet. A name tells its kind, the process
/// and the target
/// (".regard-tmp-4711-0-config.yaml"); a lock on the file or folder, which the system drops when
/// the process dies, tells that it is in use, also across containers that share a folder.
namespace regard {

enum class HiddenKind {
  fresh,      ///< ".regard-tmp-": being written; worthless once its process is gone
  set_aside,  ///< ".regard-old-": the folder that is being replaced; still the truth while its
              ///< target is missing
};

/// Attempts at a free name; more than one is needed only when one process writes a target twice at
/// a time, or after a killed run with the same process number.
inline constexpr int kMaxNameAttempts = 10000;

std::string hidden_name(HiddenKind kind, std::string_view target_name, int attempt);

struct HiddenName {
  HiddenKind kind;
  pid_t process;
  std::string target_name;  ///< of a fresh one: the first 150 bytes
};

/// What hidden_name() made; empty for any other name.
std::optional<HiddenName> parse_hidden_name(std::string_view name);

/// A hidden file or folder of this process, locked.
struct HiddenEntry {
  std::filesystem::path path;
  Descriptor descriptor;  ///< of a file: open for writing
};

/// Makes an empty file next to `target`. Throws RunError that names `target`.
HiddenEntry create_hidden_file(const std::filesystem::path& target, mode_t mode);
/// Makes an empty folder next to `target`. Throws RunError that names `target`.
HiddenEntry create_hidden_folder(const std::filesystem::path& target);

/// Waits for the lock of an open file or folder. Filesystems without locks are let pass.
void lock_hidden_entry(int descriptor);

}  // namespace regard
