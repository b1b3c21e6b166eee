#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace regard {

/// Where time and memory went. A span is part of the one that is open around it on its thread;
/// together they have a path, "update/forward/attention". Safe to use from several threads.
class Profile {
 public:
  using Clock = std::chrono::steady_clock;

  /// `settle`, if given, is called at both ends of each span: it waits for a device that works on
  /// by itself, so that its time counts where the work was asked for.
  explicit Profile(std::function<void()> settle = {})
      : settle_(std::move(settle)), start_(Clock::now()) {}
  void add(const std::string& path, Clock::time_point begin, Clock::time_point end);

  /// A table: share of the time since the profile began, seconds, calls, mean of a call, and by
  /// how much the resident memory grew during the spans. Parts stand below their whole, largest
  /// first; what a whole does besides its parts is the line "(rest)". Threads that work side by
  /// side add up to more than 100 %.
  std::string table() const;
  /// Trace events as JSON, which Chrome (chrome://tracing) and Perfetto open; the first million
  /// spans. Written to a temporary file and renamed. Throws RunError.
  void write_trace(const std::filesystem::path& path) const;

 private:
  struct Total {
    double seconds = 0;
    std::int64_t calls = 0;
    std::int64_t grown_bytes = 0;
  };
  struct Event {
    const std::string* path = nullptr;  // a key of totals_
    double begin = 0;                   // microseconds since start_
    double duration = 0;
    std::int64_t thread = 0;
  };
  struct Thread {
    std::int64_t number = 0;
    std::string path;  // of the innermost open span
  };
  friend class ProfileSpan;
  Thread& this_thread();
  std::string enter(const char* name);
  void leave(const std::string& path, Clock::time_point begin, std::int64_t resident);
  void add(const std::string& path, Clock::time_point begin, Clock::time_point end,
           std::int64_t grown_bytes);
  void append_rows(const std::string& parent, double whole, int depth, std::string& text) const;

  std::function<void()> settle_;
  Clock::time_point start_;
  mutable std::mutex mutex_;
  std::map<std::string, Total> totals_;
  std::vector<Event> events_;
  std::map<std::thread::id, Thread> threads_;
};

/// Adds the time of its life to a profile, under a name without slashes; nothing where there is
/// none.
class ProfileSpan {
 public:
  ProfileSpan(Profile* profile, const char* name);
  ~ProfileSpan();
  ProfileSpan(const ProfileSpan&) = delete;
  ProfileSpan& operator=(const ProfileSpan&) = delete;

 private:
  Profile* profile_;
  std::string path_;
  Profile::Clock::time_point begin_;
  std::int64_t resident_ = 0;
};

/// Memory of this process that is in RAM, in bytes; 0 where the system does not report it.
std::int64_t resident_bytes();

}  // namespace regard
