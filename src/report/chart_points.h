#pragma once

#include <cstddef>
#include <vector>

#include "regard/report/svg_chart.h"

namespace regard {

struct ChartPoint {
  double x = 0;
  double y = 0;
  bool starts_line = false;  ///< the first point, or the first after a gap
};

/// Whether the point at `index` exists and can be shown.
bool is_shown(const ChartSeries& series, std::size_t index);

/// The points to draw, at most `limit` (at least 4). Longer series are cut into equal parts of
/// which the first, last, lowest and highest points stay; then only parts without any point are
/// gaps.
std::vector<ChartPoint> visible_points(const ChartSeries& series, std::size_t limit);

}  // namespace regard
