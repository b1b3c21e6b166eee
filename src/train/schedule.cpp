#include "regard/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace regard {
namespace {

/// 0 at the end of the warm-up, 1 at max_updates.
double progress_of(double warmup, double update, std::int64_t max_updates) {
  const double span = std::max(1.0, static_cast<double>(max_updates) - warmup);
  return std::clamp((update - warmup) / span, 0.0, 1.0);
}

/// The rate where the warm-up ends. Noam: factor * dim^-0.5 * warmup^-0.5.
double peak_of(const ScheduleOptions& options, double warmup, const RateInputs& inputs) {
  if (options.type != ScheduleType::noam) return options.peak;
  return options.factor / std::sqrt(static_cast<double>(inputs.dim) * std::max(1.0, warmup));
}

/// The share of the peak that is left after the warm-up.
double share_of(const ScheduleOptions& options, double warmup, double now,
                const RateInputs& inputs) {
  switch (options.type) {
    case ScheduleType::inverse_sqrt:
    case ScheduleType::noam:
      return std::sqrt(std::max(1.0, warmup) / now);
    case ScheduleType::linear:
      return 1.0 - progress_of(warmup, now, inputs.max_updates);
    case ScheduleType::cosine:
      return 0.5 *
             (1.0 + std::cos(std::numbers::pi * progress_of(warmup, now, inputs.max_updates)));
    case ScheduleType::plateau:
      return std::pow(options.decay, static_cast<double>(inputs.reductions));
    case ScheduleType::constant:
      return 1.0;
  }
  return 1.0;
}

}  // namespace

double learning_rate(const ScheduleOptions& options, std::int64_t update,
                     const RateInputs& inputs) {
  const auto now = static_cast<double>(update);
  const auto warmup = static_cast<double>(options.warmup);
  const double peak = peak_of(options, warmup, inputs);
  if (now < warmup) return peak * now / warmup;
  return std::max(options.minimum, peak * share_of(options, warmup, now, inputs));
}

}  // namespace regard
