#include "report/svg_panel.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "regard/core/strings.h"
#include "regard/report/svg_text.h"

#include "report/chart_points.h"

namespace regard {
namespace {

constexpr std::size_t kMaxPoints = 1000;
constexpr std::size_t kMaxMarkers = 100;
constexpr std::size_t kDenseLine = 300;  // points from which a thinner line reads better
constexpr double kPanelTextSize = 12;
constexpr double kPanelTitleSize = 14;
constexpr double kLegendRow = 19;
constexpr std::size_t kMaxLegendRows = 3;
constexpr double kSwatch = 18;
constexpr double kSwatchGap = 6;
constexpr double kLegendGap = 18;

/// A text element; `attributes` go into the tag as they are.
std::string text_at(double x, double y, std::string_view attributes, std::string_view text) {
  return str("<text x=\"", px(x), "\" y=\"", px(y), "\" ", attributes, ">", escape_xml(text),
             "</text>\n");
}

class PanelDrawing {
 public:
  PanelDrawing(const ChartPanel& panel, const SeriesNumbers& numbers, const PanelLayout& layout)
      : panel_(panel), numbers_(numbers), box_(layout.box), label_width_(layout.label_width) {}

  std::string draw() {
    const double head = draw_head();
    plot_ = {box_.x + label_width_ + 8, box_.y + head, 0, 0};
    plot_.width = std::max(box_.right() - 6 - plot_.x, 10.0);
    const double foot = panel_.x_label.empty() ? 22 : 42;
    plot_.height = std::max(box_.bottom() - foot - plot_.y, 10.0);
    axes_ = make_axes(panel_, plot_.width, box_.height);
    draw_axes();
    for (const ChartSeries& series : panel_.series)
      draw_line(series);
    for (const ChartSeries& series : panel_.series)
      draw_highlight(series);
    return std::move(out_);
  }

 private:
  double x_of(double value) const {
    return plot_.x + (value - axes_.x.low) / (axes_.x.high - axes_.x.low) * plot_.width;
  }
  double y_of(double value) const {
    return plot_.bottom() - (value - axes_.y.low) / (axes_.y.high - axes_.y.low) * plot_.height;
  }
  std::size_t number_of(const ChartSeries& series) const {
    const auto found = numbers_.find(series.name);
    return found == numbers_.end() ? 0 : found->second;
  }
  std::string colour_of(const ChartSeries& series) const {
    return str("c", number_of(series) % kChartColours);
  }
  /// From the ninth series on the colours come again, dashed.
  std::string dash_of(const ChartSeries& series) const {
    return number_of(series) < kChartColours ? "" : " stroke-dasharray=\"6 4\"";
  }

  /// Title, y label and legend. Returns their height.
  double draw_head() {
    const double title_width = text_width(panel_.title, kPanelTitleSize) * kBoldWidth;
    const double legend_width = legend_row_width();
    const bool is_beside = title_width + 24 + legend_width <= box_.width;
    double height = panel_.title.empty() ? 0 : 24;
    if (!panel_.title.empty()) {
      out_ += text_at(box_.x, box_.y + 14, "class=\"h\"",
                      fit_text(panel_.title, box_.width / kBoldWidth, kPanelTitleSize));
    }
    if (is_beside && legend_width > 0) {
      draw_legend(box_.right() - legend_width, box_.y + 14);
      height = 24;
    } else if (legend_width > 0) {
      height += draw_legend(box_.x, box_.y + height + 12);
    }
    if (!panel_.y_label.empty()) {
      height += 17;
      out_ += text_at(box_.x, box_.y + height - 4, "class=\"m\"",
                      fit_text(panel_.y_label, box_.width, kPanelTextSize));
    }
    return height + (panel_.y_label.empty() ? 8 : 14);
  }

  double item_width(const ChartSeries& series) const {
    const double name = text_width(series.name, kPanelTextSize);
    return std::min(kSwatch + kSwatchGap + name, box_.width);
  }
  /// Width of the whole legend in one row; 0 when there is none.
  double legend_row_width() const {
    double width = 0;
    for (const ChartSeries& series : panel_.series) {
      if (series.name.empty()) continue;
      width += item_width(series) + (width > 0 ? kLegendGap : 0);
    }
    return width;
  }
  /// Rows from `left` to the right edge, the first on the base line `y`. Returns their height.
  double draw_legend(double left, double y) {
    double x = left;
    std::size_t rows = 1;
    for (const ChartSeries& series : panel_.series) {
      if (series.name.empty()) continue;
      const double width = item_width(series);
      if (x > left && x + width > box_.right() + 1) {
        if (rows == kMaxLegendRows) {
          out_ += text_at(x, y, "class=\"m\"", "…");
          break;
        }
        ++rows;
        x = left;
        y += kLegendRow;
      }
      draw_legend_item(series, x, y);
      x += width + kLegendGap;
    }
    return static_cast<double>(rows) * kLegendRow;
  }
  void draw_legend_item(const ChartSeries& series, double x, double y) {
    const std::string colour = colour_of(series);
    out_ += str("<path class=\"l ", colour, "\"", dash_of(series), " d=\"M", px(x + 1), " ",
                px(y - 4), "h", px(kSwatch - 2), "\"/>\n");
    if (series.has_markers) out_ += marker_at(x + kSwatch / 2, y - 4, colour, "");
    const double room = box_.width - kSwatch - kSwatchGap;
    out_ += text_at(x + kSwatch + kSwatchGap, y, "class=\"t\"",
                    fit_text(series.name, room, kPanelTextSize));
  }

  void draw_axes() {
    const double bottom = plot_.bottom();
    if (!axes_.has_data) {
      out_ += text_at(plot_.x + plot_.width / 2, plot_.y + plot_.height / 2,
                      "class=\"m\" text-anchor=\"middle\"", "no data yet");
    }
    std::string grid;
    for (const Tick& tick : axes_.y.ticks) {
      const double y = y_of(tick.value);
      grid += str("M", px(plot_.x), " ", px(y), "h", px(plot_.width));
      out_ += text_at(plot_.x - 8, y + 4, "class=\"m\" text-anchor=\"end\"", tick.label);
    }
    if (!grid.empty()) out_ += str("<path class=\"g\" d=\"", grid, "\"/>\n");
    std::string axis = str("M", px(plot_.x), " ", px(bottom), "h", px(plot_.width));
    for (const Tick& tick : axes_.x.ticks) {
      const double x = x_of(tick.value);
      axis += str("M", px(x), " ", px(bottom), "v5");
      // A label at the right end must not stick out of the picture.
      const double half = text_width(tick.label, kPanelTextSize) / 2;
      const double middle = std::min(x, box_.right() - half);
      out_ += text_at(middle, bottom + 19, "class=\"m\" text-anchor=\"middle\"", tick.label);
    }
    out_ += str("<path class=\"a\" d=\"", axis, "\"/>\n");
    if (panel_.x_label.empty()) return;
    out_ += text_at(plot_.x + plot_.width / 2, bottom + 38, "class=\"m\" text-anchor=\"middle\"",
                    fit_text(panel_.x_label, plot_.width, kPanelTextSize));
  }

  void draw_line(const ChartSeries& series) {
    const std::vector<ChartPoint> points = visible_points(series, kMaxPoints);
    if (points.empty()) return;
    const std::string colour = colour_of(series);
    const bool has_markers = series.has_markers && points.size() <= kMaxMarkers;
    std::string path;
    std::string markers;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto& [x, y, starts_line] = points[i];
      path += str(starts_line ? "M" : "L", px(x_of(x)), " ", px(y_of(y)));
      const bool is_alone = starts_line && (i + 1 == points.size() || points[i + 1].starts_line);
      if (has_markers || is_alone) {
        markers += marker_at(x_of(x), y_of(y), colour, describe(series, x, y));
      }
    }
    const char* weight = points.size() > kDenseLine ? " thin" : "";
    out_ += str("<path class=\"l ", colour, weight, "\"", dash_of(series), " d=\"", path, "\"/>\n",
                markers);
  }

  /// What a browser shows while the pointer rests on a point.
  std::string describe(const ChartSeries& series, double x, double y) const {
    const std::string place = panel_.x_label.empty() ? "" : panel_.x_label + " ";
    return str(series.name, series.name.empty() ? "" : ", ", place, format_value(x), ": ",
               format_value(y));
  }
  static std::string marker_at(double x, double y, const std::string& colour,
                               const std::string& hint) {
    const std::string start =
        str("<circle class=\"d ", colour, "\" cx=\"", px(x), "\" cy=\"", px(y), "\" r=\"3.5\"");
    if (hint.empty()) return start + "/>\n";
    return str(start, "><title>", escape_xml(hint), "</title></circle>\n");
  }

  void draw_highlight(const ChartSeries& series) {
    if (!series.highlight || !is_shown(series, *series.highlight)) return;
    const double value_x = series.x[*series.highlight];
    const double value_y = series.y[*series.highlight];
    const double x = x_of(value_x);
    const double y = y_of(value_y);
    out_ += str("<circle class=\"r ", colour_of(series), "\" cx=\"", px(x), "\" cy=\"", px(y),
                "\" r=\"6\"><title>", escape_xml(describe(series, value_x, value_y)),
                "</title></circle>\n");
    const std::string label = format_value(value_y);
    const double half = text_width(label, kPanelTextSize) / 2 + 3;
    const double middle =
        std::clamp(x, plot_.x + half, std::max(plot_.x + half, box_.right() - half));
    // The lowest point of a curve has its curve above it, so its label goes below.
    const bool is_below = is_low(series, value_y) ? y + 28 < plot_.bottom() : y - 26 < plot_.y;
    out_ +=
        text_at(middle, is_below ? y + 22 : y - 13, "class=\"v\" text-anchor=\"middle\"", label);
  }
  static bool is_low(const ChartSeries& series, double value) {
    double above = 0;
    double below = 0;
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!is_shown(series, i)) continue;
      above += series.y[i] > value ? 1 : 0;
      below += series.y[i] < value ? 1 : 0;
    }
    return above > below;
  }

  const ChartPanel& panel_;
  const SeriesNumbers& numbers_;
  Box box_;
  double label_width_;
  Box plot_;
  PanelAxes axes_;
  std::string out_;
};

/// The extent of a panel's points.
struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  bool is_integer = true;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
    is_integer = is_integer && value == std::floor(value);
  }
};

}  // namespace

PanelAxes make_axes(const ChartPanel& panel, double plot_width, double panel_height) {
  Extent x;
  Extent y;
  for (const ChartSeries& series : panel.series) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!is_shown(series, i)) continue;
      x.add(series.x[i]);
      y.add(series.y[i]);
    }
  }
  if (x.low > x.high) return {};
  AxisOptions x_options{.max_ticks = std::clamp(static_cast<int>(plot_width / 64), 2, 10)};
  x_options.zero_reach = 0.06;
  x_options.is_integer = x.is_integer;
  AxisOptions y_options{.max_ticks = std::clamp(static_cast<int>((panel_height - 70) / 32), 3, 8)};
  y_options.zero_reach = 0.35;
  y_options.ends_on_ticks = true;
  return {true, make_axis(x.low, x.high, x_options), make_axis(y.low, y.high, y_options)};
}

std::string draw_panel(const ChartPanel& panel, const SeriesNumbers& numbers,
                       const PanelLayout& layout) {
  return PanelDrawing(panel, numbers, layout).draw();
}

}  // namespace regard
