#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace regard {

/// CPU time (in CPUs) that control groups leave a process, the least of its own group and
/// those above it; infinity where nothing is limited. `groups` is the mounted tree
/// (/sys/fs/cgroup), `membership` the text of /proc/self/cgroup; version 1 and 2.
double processor_quota(const std::filesystem::path& groups, const std::string& membership);

/// CPUs that this process may use: those of its affinity, but not more than its control
/// groups leave (rounded down: a thread that is stopped for its share makes all others wait). At
/// least 1.
int usable_processors();

/// How many threads to compute with, and why.
struct ThreadChoice {
  int count = 1;
  std::string reason;     ///< "--threads", "OMP_NUM_THREADS", or "4 CPUs"
  bool is_given = false;  ///< by --threads
};

/// `given` threads, but not more than eight for each CPU (thousands take minutes to start);
/// 0 = by OMP_NUM_THREADS (its first number) where that is set, else usable_processors().
/// OMP_THREAD_LIMIT bounds what is not given. Depends on how the process was started and never on
/// the load of the machine.
ThreadChoice choose_threads(std::int64_t given);

}  // namespace regard
