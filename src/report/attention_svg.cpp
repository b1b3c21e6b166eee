#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <set>
#include <utility>

#include "regard/core/strings.h"
#include "regard/report/attention_map.h"
#include "regard/report/svg_text.h"

#include "report/attention_groups.h"
#include "report/attention_labels.h"
#include "report/svg_panel.h"

namespace regard {
namespace {

constexpr double kMapMargin = 14;
constexpr double kCell = 20;
constexpr double kMapTextSize = 12;
constexpr double kMapTitleSize = 14;
constexpr double kTitleRow = 26;
constexpr double kAxisRow = 20;
constexpr double kMaxLabel = 130;
constexpr double kLegendWidth = 160;
constexpr double kLegendHeight = 46;

// The angle keeps neighbouring column labels apart without making the reader turn the head.
constexpr double kAngle = -55;
const double kCos = std::cos(kAngle * std::numbers::pi / 180);
const double kSin = -std::sin(kAngle * std::numbers::pi / 180);

/// From white to a blue that is nearly black: the lightness falls evenly, so that the picture keeps
/// its meaning on a printer without colours.
std::string colour_of(double weight) {
  constexpr std::array<double, 3> kDark = {8, 38, 92};
  const double share = std::isfinite(weight) ? std::clamp(weight, 0.0, 1.0) : 0;
  std::array<char, 8> text{};
  const auto part = [&](std::size_t i) {
    return static_cast<unsigned>(std::lround(255 + (kDark[i] - 255) * share)) & 0xFFU;
  };
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", part(0), part(1), part(2));
  return text.data();
}

std::string weight_label(double weight) {
  return std::isfinite(weight) ? format_fixed(weight, 3) : "no number";
}

class MapDrawing {
 public:
  MapDrawing(const AttentionSentence& sentence, const AttentionMap& map, std::int64_t head)
      : sentence_(sentence),
        map_(map),
        rows_(row_groups(sentence, map)),
        columns_(column_groups(sentence, map)),
        weights_(grouped_weights(map, head, rows_, columns_)) {
    fit(rows_);
    fit(columns_);
    const std::string which = head >= 0       ? str("head ", head, " of 0 to ", map.heads - 1)
                              : map.heads > 1 ? str("mean of ", map.heads, " heads")
                                              : "one head";
    title_ = str(shown_text(map.name), ", ", which);
  }

  std::string draw() {
    place();
    draw_texts();
    draw_cells();
    draw_gold();
    draw_legend();
    const double bold = text_width(title_, kMapTitleSize) * kBoldWidth;
    const double width = std::max({right_, x_ + kLegendWidth, kMapMargin + bold}) + kMapMargin;
    const double height = legend_y() + kLegendHeight + kMapMargin;
    const std::string size = str("width=\"", px(width), "\" height=\"", px(height), "\"");
    return str("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" ", size, " viewBox=\"0 0 ",
               px(width), " ", px(height),
               "\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"", px(kMapTextSize),
               "\" fill=\"#111111\">\n<title>", escape_xml(title_), "</title>\n<rect ", size,
               " fill=\"#ffffff\"/>\n", out_, "</svg>\n");
  }

 private:
  static void fit(std::vector<AttentionGroup>& groups) {
    for (AttentionGroup& group : groups)
      group.label.text = fit_text(group.label.text, kMaxLabel, kMapTextSize);
  }
  double bottom() const { return y_ + kCell * static_cast<double>(rows_.size()); }
  double legend_y() const { return bottom() + 18; }
  double column_x(std::size_t column) const { return x_ + kCell * static_cast<double>(column); }
  double row_y(std::size_t row) const { return y_ + kCell * static_cast<double>(row); }

  /// Finds the upper left corner of the cells and the right end of the leaning labels.
  void place() {
    double side = text_width(side_name(map_.rows), kMapTextSize);
    for (const AttentionGroup& row : rows_)
      side = std::max(side, text_width(row.label.text, kMapTextSize));
    x_ = kMapMargin + side + 8;
    double tall = 0;
    right_ = x_ + kCell * static_cast<double>(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const double length = text_width(columns_[i].label.text, kMapTextSize);
      tall = std::max(tall, length * kSin);
      right_ = std::max(right_, column_x(i) + kCell / 2 + length * kCos + 8);
    }
    y_ = kMapMargin + kTitleRow + kAxisRow + tall + 12;
  }

  void text_at(double x, double y, std::string_view attributes, std::string_view text) {
    out_ += str("<text x=\"", px(x), "\" y=\"", px(y), "\" ", attributes, ">", escape_xml(text),
                "</text>\n");
  }

  /// As text_at(); the sign for a space that a subword begins with is a thin grey dot.
  void label_at(double x, double y, std::string_view attributes, std::string_view text) {
    constexpr std::string_view kPieceSpace = "\u2581";
    if (sentence_.unit != "piece" || !text.starts_with(kPieceSpace))
      return text_at(x, y, attributes, text);
    text.remove_prefix(kPieceSpace.size());
    out_ += str("<text x=\"", px(x), "\" y=\"", px(y), "\" ", attributes,
                "><tspan fill=\"#b0b0b0\">·</tspan>", escape_xml(text), "</text>\n");
  }

  void draw_texts() {
    text_at(kMapMargin, kMapMargin + 12, "font-size=\"14\" font-weight=\"bold\"", title_);
    text_at(x_, kMapMargin + kTitleRow + 10, "font-style=\"italic\" fill=\"#444444\"",
            side_name(map_.columns));
    text_at(x_ - 8, y_ - 6, "font-style=\"italic\" fill=\"#444444\" text-anchor=\"end\"",
            side_name(map_.rows));
    for (std::size_t i = 0; i < rows_.size(); ++i)
      label_at(x_ - 8, row_y(i) + kCell / 2 + 4, "class=\"r\" text-anchor=\"end\"",
               rows_[i].label.text);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const double x = column_x(i) + kCell / 2 + 4;
      const double y = y_ - 6;
      label_at(x, y, str("class=\"c\" transform=\"rotate(", kAngle, " ", px(x), " ", px(y), ")\""),
               columns_[i].label.text);
    }
  }

  void draw_cells() {
    for (std::size_t at = 0; at < weights_.size(); ++at) {
      const std::size_t row = at / columns_.size();
      const std::size_t column = at % columns_.size();
      const auto weight = static_cast<double>(weights_[at]);
      out_ += str(rect_at(row, column, 0), " class=\"w\" fill=\"", colour_of(weight),
                  "\" stroke=\"#d0d0d0\" stroke-width=\"0.5\"><title>",
                  escape_xml(rows_[row].label.text), ", ", escape_xml(columns_[column].label.text),
                  ": ", weight_label(weight), "</title></rect>\n");
    }
  }
  std::string rect_at(std::size_t row, std::size_t column, double inset) const {
    const std::string size = px(kCell - 2 * inset);
    return str("<rect x=\"", px(column_x(column) + inset), "\" y=\"", px(row_y(row) + inset),
               "\" width=\"", size, "\" height=\"", size, "\"");
  }

  /// Two frames, because one colour alone would vanish on either white or dark cells.
  void draw_gold() {
    if (map_.rows == map_.columns || sentence_.gold.empty()) return;
    const std::set<std::pair<std::int64_t, std::int64_t>> gold(sentence_.gold.begin(),
                                                               sentence_.gold.end());
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      for (std::size_t column = 0; column < columns_.size(); ++column) {
        std::pair link(columns_[column].label.word, rows_[row].label.word);
        if (map_.rows == TextSide::source) std::swap(link.first, link.second);
        if (!gold.contains(link)) continue;
        has_gold_ = true;
        out_ += rect_at(row, column, 1.5) +
                " fill=\"none\" stroke=\"#ffffff\" stroke-width=\"3\"/>\n" +
                rect_at(row, column, 1.5) +
                " class=\"g\" fill=\"none\" stroke=\"#c2410c\" stroke-width=\"1.8\"/>\n";
      }
    }
  }

  void draw_legend() {
    const double y = legend_y();
    out_ += str("<defs><linearGradient id=\"attention-weight\"><stop offset=\"0\" stop-color=\"",
                colour_of(0), "\"/><stop offset=\"1\" stop-color=\"", colour_of(1),
                "\"/></linearGradient></defs>\n<rect x=\"", px(x_), "\" y=\"", px(y),
                "\" width=\"120\" height=\"10\" fill=\"url(#attention-weight)\" "
                "stroke=\"#808080\" stroke-width=\"0.5\"/>\n");
    const std::array<std::pair<double, const char*>, 3> ticks = {
        {{0, "0"}, {0.5, "0.5"}, {1, "1"}}};
    for (const auto& [value, label] : ticks)
      text_at(x_ + 120 * value, y + 23, "font-size=\"11\" text-anchor=\"middle\"", label);
    if (!has_gold_) return;
    out_ += str("<rect x=\"", px(x_), "\" y=\"", px(y + 33),
                "\" width=\"11\" height=\"11\" fill=\"none\" stroke=\"#c2410c\" "
                "stroke-width=\"1.8\"/>\n");
    text_at(x_ + 18, y + 43, "font-size=\"11\"", "gold link");
  }

  const AttentionSentence& sentence_;
  const AttentionMap& map_;
  std::vector<AttentionGroup> rows_;
  std::vector<AttentionGroup> columns_;
  std::vector<float> weights_;
  std::string title_;
  double x_ = 0;
  double y_ = 0;
  double right_ = 0;
  bool has_gold_ = false;
  std::string out_;
};

}  // namespace

std::string attention_svg(const AttentionSentence& sentence, const AttentionMap& map,
                          std::int64_t head) {
  check_attention(sentence, map);
  return MapDrawing(sentence, map, head).draw();
}

}  // namespace regard
