#include "regard/core/profile.h"

#include <algorithm>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

#include "regard/core/files.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr std::size_t kMostEvents = 1000000;

double microseconds(Profile::Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

/// "a" is the whole of "a/b", but not of "a/b/c".
bool is_part_of(const std::string& name, const std::string& parent) {
  if (parent.empty()) return name.find('/') == std::string::npos;
  return name.size() > parent.size() + 1 && name.starts_with(parent) &&
         name[parent.size()] == '/' && name.find('/', parent.size() + 1) == std::string::npos;
}

std::string padded(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string row(int depth, const std::string& name, double share, double seconds) {
  const std::string label = std::string(static_cast<std::size_t>(2 * depth), ' ') + name;
  return label + std::string(label.size() < 34 ? 34 - label.size() : 1, ' ') +
         padded(format_fixed(100.0 * share, 1), 6) + " %" + padded(format_fixed(seconds, 3), 11) +
         " s";
}

}  // namespace

std::int64_t resident_bytes() {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[128] = {};
  const ssize_t size = read(file, text, sizeof(text) - 1);
  close(file);
  long long all = 0;
  long long resident = 0;
  if (size <= 0 || std::sscanf(text, "%lld %lld", &all, &resident) != 2) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

/// Needs the lock.
Profile::Thread& Profile::this_thread() {
  return threads_.try_emplace(std::this_thread::get_id(), Thread{std::ssize(threads_), ""})
      .first->second;
}

void Profile::add(const std::string& path, Clock::time_point begin, Clock::time_point end) {
  const std::scoped_lock lock(mutex_);
  add(path, begin, end, 0);
}

std::string Profile::enter(const char* name) {
  if (settle_) settle_();
  const std::scoped_lock lock(mutex_);
  std::string& path = this_thread().path;
  if (!path.empty()) path += '/';
  path += name;
  return path;
}

void Profile::leave(const std::string& path, Clock::time_point begin, std::int64_t resident) {
  if (settle_) settle_();
  const auto end = Clock::now();
  const std::int64_t grown = resident_bytes() - resident;
  const std::scoped_lock lock(mutex_);
  const std::size_t slash = path.rfind('/');
  this_thread().path = path.substr(0, slash == std::string::npos ? 0 : slash);
  add(path, begin, end, grown);
}

/// Needs the lock.
void Profile::add(const std::string& path, Clock::time_point begin, Clock::time_point end,
                  std::int64_t grown_bytes) {
  const auto found = totals_.try_emplace(path).first;
  found->second.seconds += microseconds(end - begin) / 1e6;
  ++found->second.calls;
  found->second.grown_bytes += grown_bytes;
  if (events_.size() >= kMostEvents) return;
  events_.push_back({&found->first, microseconds(begin - start_), microseconds(end - begin),
                     this_thread().number});
}

void Profile::append_rows(const std::string& parent, double whole, int depth,
                          std::string& text) const {
  std::vector<const std::pair<const std::string, Total>*> parts;
  double sum = 0;
  for (const auto& item : totals_) {
    if (!is_part_of(item.first, parent)) continue;
    parts.push_back(&item);
    sum += item.second.seconds;
  }
  if (parts.empty()) return;
  std::sort(parts.begin(), parts.end(),
            [](const auto* a, const auto* b) { return a->second.seconds > b->second.seconds; });
  for (const auto* part : parts) {
    const Total& total = part->second;
    const std::size_t prefix = parent.empty() ? 0 : parent.size() + 1;
    text += row(depth, part->first.substr(prefix), total.seconds / whole, total.seconds);
    text += padded(with_thousands(total.calls), 12) +
            padded(format_fixed(1e3 * total.seconds / static_cast<double>(total.calls), 3), 12) +
            " ms" +
            padded(format_fixed(static_cast<double>(total.grown_bytes) / 1048576.0, 1), 10) +
            " MiB\n";
    append_rows(part->first, whole, depth + 1, text);
  }
  if (parent.empty()) return;
  const double rest = totals_.at(parent).seconds - sum;
  text += row(depth, "(rest)", rest / whole, rest) + "\n";
}

std::string Profile::table() const {
  const std::scoped_lock lock(mutex_);
  const double whole = microseconds(Clock::now() - start_) / 1e6;
  std::string text =
      "phase                                share        time       calls    per call    memory "
      "grew\n";
  append_rows("", std::max(whole, 1e-12), 0, text);
  return text;
}

void Profile::write_trace(const std::filesystem::path& path) const {
  const std::scoped_lock lock(mutex_);
  std::ostringstream json;
  json << "{\"traceEvents\": [";
  const char* separator = "\n";
  for (const Event& event : events_) {
    json << separator << "{\"ph\": \"X\", \"name\": \"" << *event.path
         << "\", \"pid\": 1, \"tid\": " << event.thread
         << ", \"ts\": " << format_fixed(event.begin, 3)
         << ", \"dur\": " << format_fixed(event.duration, 3) << "}";
    separator = ",\n";
  }
  json << "\n], \"displayTimeUnit\": \"ms\"}\n";
  write_file_atomically(path, json.str());
}

ProfileSpan::ProfileSpan(Profile* profile, const char* name) : profile_(profile) {
  if (profile_ == nullptr) return;
  path_ = profile_->enter(name);
  resident_ = resident_bytes();
  begin_ = Profile::Clock::now();
}

ProfileSpan::~ProfileSpan() {
  if (profile_ == nullptr) return;
  try {
    profile_->leave(path_, begin_, resident_);
  } catch (...) {
    // A profile that found no memory lacks a span; the work continues.
  }
}

}  // namespace regard
