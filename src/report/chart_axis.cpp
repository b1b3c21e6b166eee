#include "report/chart_axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr double kSmallest =
    1e-100;  // closer to 0 is 0: the arithmetic of ticks would lose its digits

/// The smallest of 1, 2 or 5 times a power of ten that is not below `least` (which is positive).
double nice_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

/// Decimals that tell multiples of `step` apart.
int decimals_of(double step) {
  return static_cast<int>(std::clamp(-std::floor(std::log10(step) + 1e-9), 0.0, 12.0));
}

int exponent_of(double value) {
  return static_cast<int>(std::floor(std::log10(value) + 1e-9));
}

/// How all labels of an axis are written: value / scale, then the suffix.
struct LabelStyle {
  double scale = 1;
  std::string suffix = {};
};

LabelStyle label_style(double largest, double step) {
  if (largest >= 1e12 || largest < 1e-3) {
    const int exponent = exponent_of(largest);
    return {std::pow(10.0, exponent), str("e", exponent)};
  }
  struct Unit {
    double scale;
    const char* suffix;
  };
  for (const Unit unit : {Unit{1e9, "G"}, Unit{1e6, "M"}, Unit{1e3, "k"}}) {
    const bool is_large = largest >= unit.scale * (unit.scale == 1e3 ? 10 : 1);
    if (is_large && decimals_of(step / unit.scale) <= 2) return {unit.scale, unit.suffix};
  }
  return {};
}

/// Room above and below equal values, and 0 where it is near.
void widen(double& low, double& high, double zero_reach) {
  const double size = std::max(std::abs(low), std::abs(high));
  if (high - low <= size * 1e-9) {
    const double room = size > 0 ? size * 0.1 : 1;
    low -= room;
    high += room;
  }
  if (low > 0 && low < zero_reach * high) low = 0;
  if (high < 0 && high > zero_reach * low) high = 0;
}

}  // namespace

ChartAxis make_axis(double low, double high, const AxisOptions& options) {
  const bool is_zero = std::max(std::abs(low), std::abs(high)) < kSmallest;
  if (is_zero) low = high = 0;
  widen(low, high, options.zero_reach);
  if (is_zero && options.ends_on_ticks) low = 0;
  double step = nice_step((high - low) / std::max(options.max_ticks - 1, 1));
  if (options.is_integer) step = std::max(step, 1.0);
  // The small slack keeps a value that is a multiple, but for rounding, from opening one more step.
  double first = std::ceil(low / step - 1e-6);
  double last = std::floor(high / step + 1e-6);
  if (options.ends_on_ticks) {
    first = std::floor(low / step + 1e-6);
    last = std::ceil(high / step - 1e-6);
    low = std::min(low, first * step);
    high = std::max(high, last * step);
  }
  ChartAxis axis{low, high};
  const double largest = std::max(std::abs(first), std::abs(last)) * step;
  const LabelStyle style = label_style(largest > 0 ? largest : step, step);
  const int decimals = decimals_of(step / style.scale);
  for (double i = first; i <= last; ++i) {
    const double value = i * step;
    const std::string label = format_fixed(value / style.scale, decimals) + style.suffix;
    axis.ticks.push_back({value, i == 0 ? "0" : label});
  }
  return axis;
}

std::string format_value(double value) {
  const double size = std::abs(value);
  if (size < kSmallest) return "0";
  if (size >= 1e9 || size < 1e-4) {
    const int exponent = exponent_of(size);
    return str(format_fixed(value / std::pow(10.0, exponent), 1), "e", exponent);
  }
  if (size >= 1000) return with_thousands(static_cast<std::int64_t>(std::llround(value)));
  if (size >= 100) return format_fixed(value, 1);
  if (size >= 1) return format_fixed(value, 2);
  std::string text = format_fixed(value, 2 - exponent_of(size));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();  // 0.9999 was rounded to 1.000
  return text;
}

}  // namespace regard
