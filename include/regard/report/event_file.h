#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace regard {

/// Writes scalars for TensorBoard into `<folder>/events.out.tfevents.<seconds>.<host>.<process>`.
/// Only ever appends. Times are seconds since 1970. Each record is a length, its masked CRC-32C, an
/// Event message of tensorflow's event.proto and its masked CRC-32C. Not thread-safe.
class EventFileWriter {
 public:
  /// Makes the folder if need be and begins a file named after `wall_time`. Throws RunError.
  EventFileWriter(const std::filesystem::path& folder, double wall_time);
  /// Writes what is not written yet; an error is lost here, so call flush() before.
  ~EventFileWriter();
  EventFileWriter(const EventFileWriter&) = delete;
  EventFileWriter& operator=(const EventFileWriter&) = delete;

  /// Says that a run continues from `step`: TensorBoard hides what older files of the folder hold
  /// from that step on.
  void start_session(std::int64_t step, double wall_time);
  /// One point of the curve `tag` ("train/loss"). Kept as a 32-bit float; not finite is allowed.
  void scalar(std::string_view tag, std::int64_t step, double value, double wall_time);
  /// Hands the records so far to the system: all of them whole or, with a RunError, none; the next
  /// flush() tries again. Happens by itself at 64 KiB.
  void flush();

  const std::filesystem::path& path() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regard
