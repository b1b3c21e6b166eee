#include "regard/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace regard {
namespace {

/// 0 at the end of the warm-up, 1 at max_updates.
double progress_of(const ScheduleOptions& options, double update, std::int64_t max_updates) {
  const auto warmup = static_cast<double>(options.warmup);
  const double span = std::max(1.0, static_cast<double>(max_updates) - warmup);
  return std::clamp((update - warmup) / span, 0.0, 1.0);
}

}  // namespace

double learning_rate(const ScheduleOptions& options, std::int64_t update,
                     std::int64_t max_updates) {
  const auto now = static_cast<double>(update);
  const auto warmup = static_cast<double>(options.warmup);
  if (now < warmup) return options.peak * now / warmup;
  switch (options.type) {
    case ScheduleType::inverse_sqrt:
      return options.peak * std::sqrt(std::max(1.0, warmup) / now);
    case ScheduleType::linear:
      return options.peak * (1.0 - progress_of(options, now, max_updates));
    case ScheduleType::cosine:
      return options.peak * 0.5 *
             (1.0 + std::cos(std::numbers::pi * progress_of(options, now, max_updates)));
    case ScheduleType::constant:
      return options.peak;
  }
  return options.peak;
}

}  // namespace regard
