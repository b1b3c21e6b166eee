#include "regard/report/svg_chart.h"

#include <algorithm>

#include "regard/core/strings.h"
#include "regard/report/svg_text.h"

#include "report/svg_panel.h"

namespace regard {
namespace {

constexpr double kMargin = 24;
constexpr double kColumnGap = 36;
constexpr double kRowGap = 26;
constexpr double kTitleHeight = 36;
constexpr double kTitleSize = 19;
constexpr std::int64_t kMinWidth = 240;
constexpr std::int64_t kMinPanelHeight = 160;
constexpr std::int64_t kGoodPanelWidth = 420;

// Plain classes instead of variables: converters know no variables. The colours keep apart for
// colour-blind readers and have a contrast of at least 3 against their background.
constexpr const char* kStyle = R"(<style>
.rc text{font:12px system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif}
.rc .b{fill:#ffffff}.rc .t{fill:#344054}.rc .m{fill:#667085}
.rc .h{fill:#101828;font-size:14px;font-weight:600}
.rc .hh{fill:#101828;font-size:19px;font-weight:600}
.rc .v{fill:#101828;font-weight:600}
.rc .v{stroke:#ffffff;stroke-width:3px;stroke-linejoin:round;paint-order:stroke}
.rc .g{stroke:#e7eaf0;fill:none}.rc .a{stroke:#98a2b3;fill:none}
.rc .l{fill:none;stroke-width:2px;stroke-linejoin:round;stroke-linecap:round}
.rc .thin{stroke-width:1.3px}
.rc .d{stroke:#ffffff;stroke-width:1.2px}.rc .r{fill:#ffffff;stroke-width:2.6px}
)";

struct Colour {
  const char* light;
  const char* dark;
};
constexpr Colour kColours[kChartColours] = {
    {"#2563c9", "#6ea8ff"}, {"#d9600b", "#ff9e57"}, {"#0d8a66", "#41c99c"}, {"#b8308f", "#f07fcb"},
    {"#7048c8", "#b197fc"}, {"#0a86a3", "#4fc6e0"}, {"#c92a3a", "#ff8087"}, {"#7d7a12", "#c9c34a"},
};

std::string colour_rules(bool is_dark) {
  std::string rules;
  for (std::size_t i = 0; i < kChartColours; ++i) {
    const char* colour = is_dark ? kColours[i].dark : kColours[i].light;
    rules += str(".rc .l.c", i, ",.rc .r.c", i, "{stroke:", colour, "}.rc .d.c", i,
                 "{fill:", colour, "}\n");
  }
  return rules;
}

std::string style_sheet() {
  return str(kStyle, colour_rules(false), R"(@media (prefers-color-scheme:dark){
.rc .b{fill:#12161d}.rc .t{fill:#d0d5dd}.rc .m{fill:#98a2b3}.rc .h,.rc .hh{fill:#f2f4f7}
.rc .v{fill:#f2f4f7;stroke:#12161d}.rc .g{stroke:#262d38}.rc .a{stroke:#667085}
.rc .d{stroke:#12161d}.rc .r{fill:#12161d}
)",
             colour_rules(true), "}\n</style>\n");
}

SeriesNumbers number_series(const Chart& chart) {
  SeriesNumbers numbers;
  for (const ChartPanel& panel : chart.panels) {
    for (const ChartSeries& series : panel.series)
      numbers.emplace(series.name, numbers.size());
  }
  return numbers;
}

/// How many panels each row holds.
std::vector<std::size_t> rows_of(const Chart& chart, double width) {
  const std::size_t count = chart.panels.size();
  if (count == 0) return {};
  const auto fitting = static_cast<std::int64_t>(width) / kGoodPanelWidth;
  const std::int64_t wanted =
      chart.columns > 0 ? chart.columns : std::max<std::int64_t>(fitting, 1);
  const std::size_t columns = std::min(static_cast<std::size_t>(wanted), count);
  std::vector<std::size_t> rows((count + columns - 1) / columns, columns);
  if (count % columns != 0) rows.front() = count % columns;
  return rows;
}

/// The widest tick label of all y axes.
double label_width(const Chart& chart, double panel_height) {
  double width = 16;
  for (const ChartPanel& panel : chart.panels) {
    for (const Tick& tick : make_axes(panel, 1, panel_height).y.ticks) {
      width = std::max(width, text_width(tick.label, 12));
    }
  }
  return width;
}

}  // namespace

std::string to_svg(const Chart& chart) {
  const auto width = static_cast<double>(std::max(chart.width, kMinWidth));
  const auto panel_height = static_cast<double>(std::max(chart.panel_height, kMinPanelHeight));
  const double inner_width = width - 2 * kMargin;
  const SeriesNumbers numbers = number_series(chart);
  const double labels = label_width(chart, panel_height);
  double y = kMargin;
  std::string body;
  if (!chart.title.empty()) {
    body +=
        str("<text class=\"hh\" x=\"", kMargin, "\" y=\"", y + 16, "\">",
            escape_xml(fit_text(chart.title, inner_width / kBoldWidth, kTitleSize)), "</text>\n");
    y += kTitleHeight;
  }
  std::size_t next = 0;
  for (const std::size_t columns : rows_of(chart, inner_width)) {
    const double gaps = kColumnGap * static_cast<double>(columns - 1);
    const double panel_width = (inner_width - gaps) / static_cast<double>(columns);
    for (std::size_t i = 0; i < columns; ++i, ++next) {
      const double x = kMargin + static_cast<double>(i) * (panel_width + kColumnGap);
      body += "<g>\n";
      body += draw_panel(chart.panels[next], numbers, {{x, y, panel_width, panel_height}, labels});
      body += "</g>\n";
    }
    y += panel_height + kRowGap;
  }
  const double height = y + kMargin - (chart.panels.empty() ? 0 : kRowGap);
  const std::string size = str("width=\"", width, "\" height=\"", height, "\"");
  return str("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rc\" role=\"img\" ", size,
             " viewBox=\"0 0 ", width, " ", height, "\">\n<title>", escape_xml(chart.title),
             "</title>\n", style_sheet(), "<rect class=\"b\" ", size, "/>\n", body, "</svg>\n");
}

}  // namespace regard
