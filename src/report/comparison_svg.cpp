#include <algorithm>
#include <cmath>

#include "regard/core/strings.h"
#include "regard/report/comparison_table.h"
#include "regard/report/svg_text.h"

#include "report/comparison_cells.h"
#include "report/svg_panel.h"

namespace regard {
namespace {

constexpr double kTableMargin = 24;
constexpr double kTableTextSize = 12;
constexpr double kTableTitleSize = 19;
constexpr double kTableTitleHeight = 36;
constexpr double kHeadHeight = 28;
constexpr double kRowHeight = 34;
constexpr double kBarHeight = 16;
constexpr double kBarWidth = 300;
constexpr double kTableMaxName = 220;
constexpr double kTableColumnGap = 22;
constexpr double kNoteHeight = 18;
constexpr double kTableMinWidth = 640;
constexpr double kDot = 3.5;

// Plain classes instead of variables, and the colours of the charts of a run.
constexpr const char* kTableStyle = R"(<style>
.rt text{font:12px system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif}
.rt .b{fill:#ffffff}.rt .t{fill:#344054}.rt .m{fill:#667085}
.rt .hh{fill:#101828;font-size:19px;font-weight:600}
.rt .v{fill:#101828;font-weight:600}.rt .f{fill:#b42318}
.rt .g{stroke:#e7eaf0;fill:none}.rt .a{stroke:#98a2b3;fill:none}
.rt .q{fill:#2563c9}.rt .d{fill:#101828;stroke:#ffffff;stroke-width:1.2px}
@media (prefers-color-scheme:dark){
.rt .b{fill:#12161d}.rt .t{fill:#d0d5dd}.rt .m{fill:#98a2b3}.rt .hh,.rt .v{fill:#f2f4f7}
.rt .f{fill:#ff8087}.rt .g{stroke:#262d38}.rt .a{stroke:#667085}
.rt .q{fill:#6ea8ff}.rt .d{fill:#f2f4f7;stroke:#12161d}
}
</style>
)";

/// The lines of a text that fit into `width` pixels. A longer word is cut.
std::vector<std::string> wrapped(const std::string& text, double width) {
  std::vector<std::string> lines = {""};
  for (const std::string& word : split(text, ' ')) {
    std::string& line = lines.back();
    const std::string longer = line.empty() ? word : line + " " + word;
    if (line.empty() || text_width(longer, kTableTextSize) <= width) {
      line = longer;
    } else {
      lines.push_back(word);
    }
  }
  for (std::string& line : lines)
    line = fit_text(line, width, kTableTextSize);
  return lines;
}

/// The largest quality of any seed, which takes a whole bar.
double largest_quality(const Comparison& comparison) {
  double largest = 0;
  for (const ComparedConfig& config : comparison.configs) {
    for (const ComparedRun& run : config.runs) {
      const bool is_shown =
          run.status == RunStatus::done && run.quality && std::isfinite(*run.quality);
      if (is_shown) largest = std::max(largest, *run.quality);
    }
  }
  return largest;
}

class TableDrawing {
 public:
  explicit TableDrawing(const Comparison& comparison)
      : comparison_(ranked(comparison)),
        cells_(comparison_cells(comparison_)),
        winner_(clear_winner(comparison_)),
        largest_(largest_quality(comparison_)) {}

  std::string draw() {
    place();
    const std::string title = str(cells_.titles[1], " after ", budget_text(comparison_));
    text_at(kTableMargin, kTableMargin + 16, "class=\"hh\"",
            fit_text(title, (width_ - 2 * kTableMargin) / kBoldWidth, kTableTitleSize));
    draw_head();
    for (std::size_t i = 0; i < comparison_.configs.size(); ++i)
      draw_row(i);
    const double bottom = row_y(comparison_.configs.size());
    out_ +=
        str("<path class=\"a\" d=\"M", px(bar_x_), " ", px(row_y(0)), "V", px(bottom), "\"/>\n");
    const double height = draw_notes(bottom + 26) + kTableMargin;
    const std::string size = str("width=\"", px(width_), "\" height=\"", px(height), "\"");
    return str("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rt\" role=\"img\" ", size,
               " viewBox=\"0 0 ", px(width_), " ", px(height), "\">\n<title>", escape_xml(title),
               "</title>\n", kTableStyle, "<rect class=\"b\" ", size, "/>\n", out_, "</svg>\n");
  }

 private:
  double row_y(std::size_t row) const {
    return kTableMargin + kTableTitleHeight + kHeadHeight + kRowHeight * static_cast<double>(row);
  }
  double text_y(std::size_t row) const { return row_y(row) + kRowHeight / 2 + 4; }

  /// Columns from the left: name, bar, quality, numbers. Each seed is a dot, so it has no column.
  void place() {
    double name = text_width(cells_.titles[0], kTableTextSize);
    for (const auto& row : cells_.rows)
      name = std::max(name, text_width(row[0], kTableTextSize) * kBoldWidth);
    name_width_ = std::min(name, kTableMaxName);
    bar_x_ = kTableMargin + name_width_ + kTableColumnGap;
    double right = bar_x_ + kBarWidth + kTableColumnGap / 2;
    for (std::size_t column = 1; column < cells_.titles.size(); ++column) {
      if (cells_.titles[column] == "each seed") continue;
      double widest = text_width(cells_.titles[column], kTableTextSize);
      for (const auto& row : cells_.rows)
        widest = std::max(widest, text_width(row[column], kTableTextSize) * kBoldWidth);
      right += widest;
      columns_.emplace_back(column, right);
      right += kTableColumnGap;
    }
    width_ = std::max(right - kTableColumnGap + kTableMargin, kTableMinWidth);
  }

  void text_at(double x, double y, std::string_view attributes, std::string_view text) {
    out_ += str("<text x=\"", px(x), "\" y=\"", px(y), "\" ", attributes, ">", escape_xml(text),
                "</text>\n");
  }

  void draw_head() {
    const double y = row_y(0) - 10;
    text_at(kTableMargin, y, "class=\"m\"", cells_.titles[0]);
    for (const auto& [column, right] : columns_)
      text_at(right, y, "class=\"m\" text-anchor=\"end\"", cells_.titles[column]);
  }

  void draw_row(std::size_t row) {
    const ComparedConfig& config = comparison_.configs[row];
    const bool is_best = winner_ == row;
    const Summary quality = summarise(config, &ComparedRun::quality);
    const bool has_failed =
        std::any_of(config.runs.begin(), config.runs.end(),
                    [](const ComparedRun& run) { return run.status == RunStatus::failed; });
    out_ += str("<path class=\"g\" d=\"M", px(kTableMargin), " ", px(row_y(row)), "H",
                px(width_ - kTableMargin), "\"/>\n");
    text_at(
        kTableMargin, text_y(row), is_best ? "class=\"v\"" : "class=\"t\"",
        fit_text(cells_.rows[row][0], name_width_ / (is_best ? kBoldWidth : 1), kTableTextSize));
    if (quality.count > 0) draw_bar(row, quality.mean);
    for (const ComparedRun& run : config.runs)
      draw_dot(row, run);
    for (const auto& [column, right] : columns_) {
      const bool is_quality = column == 1;
      const char* look = is_quality && has_failed ? "f" : is_quality && is_best ? "v" : "t";
      text_at(right, text_y(row), str("class=\"", look, "\" text-anchor=\"end\""),
              cells_.rows[row][column]);
    }
  }

  double length_of(double quality) const {
    return largest_ > 0 ? std::clamp(quality / largest_, 0.0, 1.0) * kBarWidth : 0;
  }

  void draw_bar(std::size_t row, double mean) {
    out_ += str("<rect class=\"q\" x=\"", px(bar_x_), "\" y=\"",
                px(row_y(row) + (kRowHeight - kBarHeight) / 2), "\" width=\"", px(length_of(mean)),
                "\" height=\"", px(kBarHeight), "\"/>\n");
  }

  void draw_dot(std::size_t row, const ComparedRun& run) {
    if (run.status != RunStatus::done || !run.quality || !std::isfinite(*run.quality)) return;
    out_ += str("<circle class=\"d\" cx=\"", px(bar_x_ + length_of(*run.quality)), "\" cy=\"",
                px(row_y(row) + kRowHeight / 2), "\" r=\"", px(kDot), "\"><title>seed ", run.seed,
                ": ", format_fixed(*run.quality, 2), "</title></circle>\n");
  }

  /// Returns the base line of the last one.
  double draw_notes(double y) {
    std::vector<std::string> lines;
    if (largest_ > 0) lines.emplace_back("A bar is the mean, a dot is one seed.");
    for (const std::string& note : cells_.notes) {
      for (std::string& line : wrapped(note, width_ - 2 * kTableMargin))
        lines.push_back(std::move(line));
    }
    for (const std::string& line : lines) {
      text_at(kTableMargin, y, "class=\"m\"", line);
      y += kNoteHeight;
    }
    return y - kNoteHeight;
  }

  Comparison comparison_;
  ComparisonCells cells_;
  std::optional<std::size_t> winner_;
  double largest_;
  double name_width_ = 0;
  double bar_x_ = 0;
  double width_ = 0;
  std::vector<std::pair<std::size_t, double>> columns_;  // number and right edge
  std::string out_;
};

}  // namespace

std::string comparison_svg(const Comparison& comparison) {
  return TableDrawing(comparison).draw();
}

}  // namespace regard
