#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace regard {

/// Where time and memory went. Spans have names with slashes, "update/forward/attention"; a span's
/// own time is what its parts leave over. Safe to use from several threads.
class Profile {
 public:
  using Clock = std::chrono::steady_clock;

  Profile() : start_(Clock::now()) {}
  void add(const std::string& name, Clock::time_point begin, Clock::time_point end);

  /// A table: share of the time of all top-level spans, seconds, calls, mean of a call, and by how
  /// much the resident memory grew during the spans. Parts stand below their whole, largest first;
  /// what a whole does beside its parts is the line "(rest)".
  std::string table() const;
  /// Trace events as JSON, which Chrome (chrome://tracing) and Perfetto open; the first million
  /// spans. Written beside and renamed. Throws RunError.
  void write_trace(const std::filesystem::path& path) const;

 private:
  struct Total {
    double seconds = 0;
    std::int64_t calls = 0;
    std::int64_t grown_bytes = 0;
  };
  struct Event {
    const std::string* name = nullptr;  // a key of totals_
    double begin = 0;                   // microseconds since start_
    double duration = 0;
    std::int64_t thread = 0;
  };
  friend class ProfileSpan;
  void add(const std::string& name, Clock::time_point begin, Clock::time_point end,
           std::int64_t grown_bytes);
  void append_rows(const std::string& parent, double whole, int depth, std::string& text) const;

  Clock::time_point start_;
  mutable std::mutex mutex_;
  std::map<std::string, Total> totals_;
  std::vector<Event> events_;
  std::map<std::thread::id, std::int64_t> threads_;
};

/// Adds the time of its life to a profile; nothing where there is none.
class ProfileSpan {
 public:
  ProfileSpan(Profile* profile, const char* name);
  ~ProfileSpan();
  ProfileSpan(const ProfileSpan&) = delete;
  ProfileSpan& operator=(const ProfileSpan&) = delete;

 private:
  Profile* profile_;
  const char* name_;
  Profile::Clock::time_point begin_;
  std::int64_t resident_ = 0;
};

/// Memory of this process that is in RAM, in bytes; 0 where the system does not tell.
std::int64_t resident_bytes();

}  // namespace regard
