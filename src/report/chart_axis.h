#pragma once

#include <string>
#include <vector>

namespace regard {

struct Tick {
  double value = 0;
  std::string label;
};

struct ChartAxis {
  double low = 0;
  double high = 1;  ///< above `low`
  std::vector<Tick> ticks = {};
};

struct AxisOptions {
  int max_ticks = 6;
  double zero_reach = 0;       ///< reach to 0 if the near end is below this part of the far end
  bool ends_on_ticks = false;  ///< widen the range to whole steps
  bool is_integer = false;     ///< no ticks between whole numbers
};

/// An axis for finite values from `low` to `high` (which may be equal), with ticks at multiples of
/// 1, 2 or 5 times a power of ten.
ChartAxis make_axis(double low, double high, const AxisOptions& options);

/// A value with about four digits: "27.31", "0.0007", "12,346", "3.2e-7".
std::string format_value(double value);

}  // namespace regard
