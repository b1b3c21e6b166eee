#include "regard/core/threads.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <sched.h>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "regard/core/strings.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
constexpr std::int64_t kThreadsEach = 8;

/// The number that a file begins with; nothing where there is none ("max", "-1", no file).
std::optional<double> amount_in(std::istream& text) {
  double amount = 0;
  if (text >> amount && amount > 0) return amount;
  return std::nullopt;
}

/// Version 2: "QUOTA PERIOD" in microseconds. Version 1: a file for each.
double quota_of_group(const fs::path& group) {
  std::ifstream both(group / "cpu.max");
  if (const auto quota = amount_in(both)) {
    const auto period = amount_in(both);
    return period ? *quota / *period : kUnlimited;
  }
  std::ifstream quota_file(group / "cpu.cfs_quota_us");
  std::ifstream period_file(group / "cpu.cfs_period_us");
  const auto quota = amount_in(quota_file);
  const auto period = amount_in(period_file);
  return quota && period ? *quota / *period : kUnlimited;
}

/// The least of a group and those above it, up to the root of the tree.
double quota_of_path(const fs::path& root, const std::string& path) {
  double least = quota_of_group(root);
  fs::path group = root;
  for (const fs::path& part : fs::path(path).relative_path()) {
    group /= part;
    least = std::min(least, quota_of_group(group));
  }
  return least;
}

int processors_of_affinity() {
  // A kernel for more CPUs than the set holds refuses; then twice as many are tried.
  constexpr std::size_t kMost = 1 << 20;
  for (std::size_t size = CPU_SETSIZE; size <= kMost; size *= 2) {
    cpu_set_t* set = CPU_ALLOC(size);
    const std::size_t bytes = CPU_ALLOC_SIZE(size);
    const bool is_known = sched_getaffinity(0, bytes, set) == 0;
    const int count = is_known ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (is_known) return std::max(1, count);
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// The first number of a variable such as "4" or "4,2"; nothing where it is not a count.
std::optional<int> count_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view word = std::string_view(text).substr(0, std::string_view(text).find(','));
  int count = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (code != std::errc() || end != word.data() + word.size() || count < 1) return std::nullopt;
  return count;
}

}  // namespace

double processor_quota(const fs::path& groups, const std::string& membership) {
  double least = kUnlimited;
  for (const std::string& line : split(membership, '\n')) {
    const std::vector<std::string> fields = split(line, ':');  // number:controllers:path
    if (fields.size() < 3) continue;
    const std::vector<std::string> controllers = split(fields[1], ',');
    if (fields[1].empty()) {
      least = std::min(least, quota_of_path(groups, fields[2]));
    } else if (std::find(controllers.begin(), controllers.end(), "cpu") != controllers.end()) {
      for (const std::string& mount : {fields[1], std::string("cpu")})
        least = std::min(least, quota_of_path(groups / mount, fields[2]));
    }
  }
  return least;
}

int usable_processors() {
  const int allowed = processors_of_affinity();
  std::ostringstream membership;
  membership << std::ifstream("/proc/self/cgroup").rdbuf();
  const double quota = processor_quota("/sys/fs/cgroup", membership.str());
  return std::max(1, static_cast<int>(std::min<double>(allowed, std::floor(quota))));
}

ThreadChoice choose_threads(std::int64_t given) {
  const int processors = usable_processors();
  const auto most = kThreadsEach * std::max<std::int64_t>(1, std::thread::hardware_concurrency());
  if (given > 0) return {static_cast<int>(std::min(given, most)), "--threads", true};
  ThreadChoice choice{processors, str(processors, processors == 1 ? " CPU" : " CPUs")};
  if (const auto asked = count_in("OMP_NUM_THREADS"))
    choice = {static_cast<int>(std::min<std::int64_t>(*asked, most)), "OMP_NUM_THREADS"};
  if (const auto limit = count_in("OMP_THREAD_LIMIT"); limit && *limit < choice.count)
    choice = {*limit, "OMP_THREAD_LIMIT"};
  return choice;
}

}  // namespace regard
