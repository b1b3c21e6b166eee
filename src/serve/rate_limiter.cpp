#include "rate_limiter.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace regard {
namespace {

constexpr std::size_t kMostClients = 20000;
constexpr std::chrono::seconds kWait{60};  // where there are more

}  // namespace

void RateLimiter::fill(Bucket& bucket, Time now) {
  const auto most = static_cast<double>(bucket.per_minute);
  const std::chrono::duration<double> passed = now - bucket.updated;
  bucket.tokens = std::min(most, bucket.tokens + passed.count() * most / 60.0);
  bucket.updated = now;
}

/// They are as good as none. At most once in a while: it takes long.
void RateLimiter::drop_full_buckets(Time now) {
  if (now - dropped_ < std::chrono::seconds(1)) return;
  dropped_ = now;
  for (auto each = buckets_.begin(); each != buckets_.end();) {
    fill(each->second, now);
    const bool is_full = each->second.tokens >= static_cast<double>(each->second.per_minute);
    each = is_full ? buckets_.erase(each) : std::next(each);
  }
}

std::chrono::seconds RateLimiter::take(const std::string& client, std::int64_t per_minute,
                                       Time now) {
  if (per_minute <= 0) return std::chrono::seconds(0);
  const std::scoped_lock lock(mutex_);
  if (buckets_.size() >= kMostClients && !buckets_.contains(client)) {
    drop_full_buckets(now);
    if (buckets_.size() >= kMostClients) return kWait;
  }
  const auto [place, is_new] = buckets_.try_emplace(client);
  Bucket& bucket = place->second;
  if (is_new) bucket = {static_cast<double>(per_minute), per_minute, now};
  bucket.per_minute = per_minute;
  fill(bucket, now);
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::chrono::seconds(0);
  }
  const double missing = (1 - bucket.tokens) * 60.0 / static_cast<double>(per_minute);
  return std::chrono::seconds(std::max(1, static_cast<int>(std::ceil(missing))));
}

std::size_t RateLimiter::size() const {
  const std::scoped_lock lock(mutex_);
  return buckets_.size();
}

}  // namespace regard
