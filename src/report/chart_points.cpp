#include "report/chart_points.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace regard {
namespace {

// Beyond this, differences and products of values could overflow.
constexpr double kLargest = 1e100;

bool is_usable(double value) {
  return std::abs(value) <= kLargest;
}  // false for NaN

std::size_t length_of(const ChartSeries& series) {
  return std::min(series.x.size(), series.y.size());
}

/// Indices, in order, of the first, last, lowest and highest points in [begin, end).
std::vector<std::size_t> outline(const ChartSeries& series, std::size_t begin, std::size_t end) {
  std::optional<std::array<std::size_t, 4>> found;  // first, lowest, highest, last
  for (std::size_t i = begin; i < end; ++i) {
    if (!is_shown(series, i)) continue;
    if (!found) found = {i, i, i, i};
    if (series.y[i] < series.y[(*found)[1]]) (*found)[1] = i;
    if (series.y[i] > series.y[(*found)[2]]) (*found)[2] = i;
    (*found)[3] = i;
  }
  if (!found) return {};
  std::vector<std::size_t> indices(found->begin(), found->end());
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

}  // namespace

bool is_shown(const ChartSeries& series, std::size_t index) {
  return index < length_of(series) && is_usable(series.x[index]) && is_usable(series.y[index]);
}

std::vector<ChartPoint> visible_points(const ChartSeries& series, std::size_t limit) {
  const std::size_t length = length_of(series);
  const std::size_t parts = length <= limit ? length : limit / 4;
  std::vector<ChartPoint> points;
  bool starts_line = true;
  for (std::size_t part = 0; part < parts; ++part) {
    const auto kept = outline(series, part * length / parts, (part + 1) * length / parts);
    if (kept.empty()) starts_line = true;
    for (const std::size_t i : kept) {
      points.push_back({series.x[i], series.y[i], starts_line});
      starts_line = false;
    }
  }
  return points;
}

}  // namespace regard
