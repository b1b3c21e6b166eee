#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace regard {

/// A line. Points are joined in the order given; where x or y is not finite (or beyond 1e100) the
/// line has a gap. Of vectors of different lengths the rest of the longer one is ignored.
struct ChartSeries {
  std::string name;  ///< in the legend; the same name has the same colour in every panel; empty =
                     ///< no legend entry
  std::vector<double> x = {};
  std::vector<double> y = {};
  bool has_markers = false;  ///< a dot at every point (left out where they would run together)
  std::optional<std::size_t> highlight =
      {};  ///< index of a point that gets a ring and its value, such as the best
};

/// One pair of axes. Without a single point to show it says "no data yet".
struct ChartPanel {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<ChartSeries> series = {};
};

struct Chart {
  std::string title;
  std::vector<ChartPanel> panels = {};
  std::int64_t width = 960;         ///< pixels, at least 240
  std::int64_t panel_height = 300;  ///< pixels with title and axis labels, at least 160
  std::int64_t columns = 0;  ///< panels side by side; 0 = as many as are at least 420 pixels wide
};

/// A standalone SVG picture: light, or dark where the viewer prefers it. The first row takes the
/// panels that do not fill a row, and every row fills the width. Series longer than 1000 points are
/// thinned such that every peak stays.
std::string to_svg(const Chart& chart);

}  // namespace regard
