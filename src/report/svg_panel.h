#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "regard/report/svg_chart.h"

#include "report/chart_axis.h"

namespace regard {

inline constexpr std::size_t kChartColours = 8;  ///< classes c0 to c7 of the style sheet

inline constexpr double kBoldWidth = 1.18;  ///< width of bold text relative to regular text

/// A rectangle in pixels.
struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

/// A panel and its two axes.
struct PanelAxes {
  bool has_data = false;
  ChartAxis x;
  ChartAxis y;
};
/// The y axis depends on the panel alone, so that its labels can be measured before there is a
/// layout.
PanelAxes make_axes(const ChartPanel& panel, double plot_width, double panel_height);

/// Number of each series name, in the order of appearance; it chooses the colour.
using SeriesNumbers = std::map<std::string, std::size_t>;

/// Where a panel goes and what it shares with the others.
struct PanelLayout {
  Box box;
  double label_width =
      0;  ///< room for the tick labels of the y axis, so that plots above each other line up
};

/// SVG elements of one panel.
std::string draw_panel(const ChartPanel& panel, const SeriesNumbers& numbers,
                       const PanelLayout& layout);

}  // namespace regard
