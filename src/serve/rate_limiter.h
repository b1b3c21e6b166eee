#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace regard {

/// Requests per minute of each client: a bucket of tokens that fills steadily and holds those of a
/// minute.
class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// 0 when the client may go on now, and the seconds it should wait otherwise. `per_minute` 0 = no
  /// limit.
  std::chrono::seconds take(const std::string& client, std::int64_t per_minute, Time now);
  std::size_t size() const;

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t per_minute = 0;
    Time updated = {};
  };

  static void fill(Bucket& bucket, Time now);
  void drop_full_buckets(Time now);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
  Time dropped_ = {};  ///< when that was last tried
};

}  // namespace regard
