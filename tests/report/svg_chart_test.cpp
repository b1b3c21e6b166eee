#include "regard/report/svg_chart.h"

#include <cmath>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/chart_points.h"
#include "report/small_xml.h"

namespace regard {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::size_t count_parts(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

struct Dot {
  double x = 0;
  double y = 0;
};

/// The elements of a class ("l c0"); all of them for an empty class.
std::vector<XmlElement> chart_parts_of_class(const std::string& svg, const std::string& name) {
  std::vector<XmlElement> found;
  const SmallXml xml(svg);
  for (const XmlElement& element : xml.elements()) {
    const auto at = element.attributes.find("class");
    if (name.empty() || (at != element.attributes.end() && at->second == name))
      found.push_back(element);
  }
  return found;
}

/// The points of the first drawn line of a class (legend swatches end with "h16").
std::vector<Dot> line_points(const std::string& svg, const std::string& name) {
  for (const XmlElement& element : chart_parts_of_class(svg, name)) {
    const std::string path = element.attributes.at("d");
    if (path.ends_with("h16")) continue;
    std::vector<Dot> dots;
    for (std::size_t at = 0; at < path.size();
         at = std::min(path.find_first_of("ML", at + 1), path.size())) {
      Dot dot;
      std::istringstream(path.substr(at + 1)) >> dot.x >> dot.y;
      dots.push_back(dot);
    }
    return dots;
  }
  return {};
}

Chart one_series(ChartSeries series) {
  return {"run", {{"Loss", "updates", "nats", {std::move(series)}}}};
}

TEST(SvgChart, HoldsItsTextsAndIsWellFormed) {
  Chart chart{"a < b & \"c\"",
              {{"Loss",
                "updates",
                "nats",
                {{"train", {1, 2, 3}, {3, 2, 1}}, {"valid", {1, 3}, {4, 2}, true, 1}}},
               {"BLEU", "updates", "", {{"BLEU", {1, 3}, {10, 27.31}, true, 1}}}}};
  const std::string svg = to_svg(chart);
  EXPECT_NO_THROW(SmallXml{svg});
  for (const char* text : {">a &lt; b &amp; &quot;c&quot;<", ">Loss<", ">updates<", ">nats<",
                           ">train<", ">valid<", ">27.31<"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  EXPECT_EQ(count_parts(svg, "<g>"), 2U);
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
}

TEST(SvgChart, DrawsAllPointsInOrder) {
  const auto dots = line_points(to_svg(one_series({"a", {0, 1, 2, 4}, {0, 10, 5, 10}})), "l c0");
  ASSERT_EQ(dots.size(), 4U);
  EXPECT_NEAR(dots[1].x - dots[0].x, (dots[3].x - dots[0].x) / 4, 0.2);
  EXPECT_NEAR(dots[0].y - dots[2].y, (dots[0].y - dots[1].y) / 2, 0.2);
  EXPECT_EQ(dots[1].y, dots[3].y);
  EXPECT_LT(dots[1].y, dots[0].y) << "y grows upwards";
}

TEST(SvgChart, SaysWhenThereIsNothingToShow) {
  for (const ChartSeries& series :
       {ChartSeries{"a"}, ChartSeries{"a", {1, 2}, {kNaN, INFINITY}, true, 0},
        ChartSeries{"a", {1, 2}, {}}, ChartSeries{"a", {1e200}, {1}}}) {
    const std::string svg = to_svg(one_series(series));
    EXPECT_NO_THROW(SmallXml{svg});
    EXPECT_THAT(svg, HasSubstr("no data yet"));
    EXPECT_TRUE(line_points(svg, "l c0").empty());
  }
  EXPECT_NO_THROW(SmallXml{to_svg({})});
  EXPECT_NO_THROW(SmallXml{to_svg({"title", {{}, {}, {}}})});
}

TEST(SvgChart, ShowsASinglePoint) {
  const std::string svg = to_svg(one_series({"", {500}, {2.5}}));
  EXPECT_NO_THROW(SmallXml{svg});
  EXPECT_THAT(svg, Not(HasSubstr("no data yet")));
  EXPECT_EQ(count_parts(svg, "<circle class=\"d c0\""), 1U);
}

TEST(SvgChart, LeavesGapsWhereValuesAreMissing) {
  const std::string svg =
      to_svg(one_series({"", {1, 2, 3, 4, 5, 6}, {1, 2, kNaN, 2, INFINITY, 3}}));
  EXPECT_NO_THROW(SmallXml{svg});
  EXPECT_EQ(line_points(svg, "l c0").size(), 4U);
  const std::size_t begin = svg.find("class=\"l c0\"");
  const std::string path = svg.substr(begin, svg.find("/>", begin) - begin);
  EXPECT_EQ(count_parts(path, "M"), 3U);
  EXPECT_EQ(count_parts(path, "L"), 1U);
}

TEST(SvgChart, ThinsLongSeriesButKeepsEveryPeak) {
  ChartSeries series{"a"};
  for (int i = 0; i < 200'000; ++i) {
    series.x.push_back(i);
    series.y.push_back(i == 77'777 ? 100 : i == 150'001 ? -100 : std::sin(i));
  }
  const std::vector<ChartPoint> points = visible_points(series, 1000);
  EXPECT_LE(points.size(), 1000U);
  EXPECT_GE(points.size(), 500U);
  EXPECT_EQ(points.front().x, 0);
  EXPECT_EQ(points.back().x, 199'999);
  int peaks = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].starts_line, i == 0);
    EXPECT_GT(points[i].x, i > 0 ? points[i - 1].x : -1);
    peaks += std::abs(points[i].y) == 100 ? 1 : 0;
  }
  EXPECT_EQ(peaks, 2);
  const std::string svg = to_svg(one_series(series));
  EXPECT_EQ(line_points(svg, "l c0 thin").size(), points.size());
  EXPECT_LT(svg.size(), 30'000U);
}

TEST(SvgChart, KeepsLongGapsWhenThinning) {
  ChartSeries series{"a"};
  for (int i = 0; i < 100'000; ++i) {
    series.x.push_back(i);
    series.y.push_back(i % 3 == 0 || (i > 40'000 && i < 60'000) ? kNaN : 1.0);
  }
  const std::vector<ChartPoint> points = visible_points(series, 1000);
  EXPECT_LE(points.size(), 1000U);
  EXPECT_EQ(std::count_if(points.begin(), points.end(),
                          [](const ChartPoint& p) { return p.starts_line; }),
            2);
}

TEST(SvgChart, MarksThePointToHighlightWithItsValue) {
  const std::string svg = to_svg(one_series({"a", {1, 2, 3}, {5, 1.234, 7}, false, 1}));
  const auto dots = line_points(svg, "l c0");
  ASSERT_EQ(dots.size(), 3U);
  const std::vector<XmlElement> rings = chart_parts_of_class(svg, "r c0");
  ASSERT_EQ(rings.size(), 1U);
  EXPECT_NEAR(std::stod(rings[0].attributes.at("cx")), dots[1].x, 0.01);
  EXPECT_NEAR(std::stod(rings[0].attributes.at("cy")), dots[1].y, 0.01);
  EXPECT_THAT(svg, HasSubstr(">1.23<"));
  EXPECT_TRUE(
      chart_parts_of_class(to_svg(one_series({"a", {1, 2}, {5, 1}, false, 7})), "r c0").empty());
  EXPECT_TRUE(
      chart_parts_of_class(to_svg(one_series({"a", {1, 2}, {5, kNaN}, false, 1})), "r c0").empty());
}

TEST(SvgChart, GivesTheSameNameTheSameColour) {
  const ChartSeries a{"a", {1, 2}, {1, 2}};
  const ChartSeries b{"b", {1, 2}, {1, 2}};
  const std::string svg = to_svg({"", {{"1", "", "", {a, b}}, {"2", "", "", {b}}}});
  EXPECT_EQ(count_parts(svg, "class=\"l c0\""), 2U) << "a line and its legend";
  EXPECT_EQ(count_parts(svg, "class=\"l c1\""), 4U);
}

TEST(SvgChart, TellsManySeriesApartByDashes) {
  Chart chart{"", {{"many", "", "", {}}}};
  for (int i = 0; i < 30; ++i)
    chart.panels[0].series.push_back({"series " + std::to_string(i), {1, 2}, {1.0 * i, 2.0 * i}});
  const std::string svg = to_svg(chart);
  EXPECT_NO_THROW(SmallXml{svg});
  EXPECT_EQ(count_parts(svg, "class=\"l c0\" d="), 2U);
  EXPECT_GT(count_parts(svg, "class=\"l c0\" stroke-dasharray"), 0U);
  EXPECT_THAT(svg, HasSubstr(">…<")) << "the legend is cut";
}

TEST(SvgChart, KeepsEveryTextAndPointInsideThePicture) {
  const ChartSeries series{"a series with a name that is much too long for the panel it is in",
                           {1, 1'000'000},
                           {1e-9, 123456},
                           true,
                           1};
  for (const std::int64_t width : {0, 240, 400, 960, 2000}) {
    Chart chart{
        "a title that is far too long for a narrow picture, so that it must be cut", {}, width};
    for (int i = 0; i < 5; ++i)
      chart.panels.push_back(
          {"another title that is far too long for its panel", "x label", "y label", {series}});
    const std::string svg = to_svg(chart);
    EXPECT_NO_THROW(SmallXml{svg});
    const double right = static_cast<double>(std::max<std::int64_t>(width, 240));
    int places = 0;
    for (const XmlElement& element : chart_parts_of_class(svg, "")) {
      for (const char* key : {"x", "cx"}) {
        const auto found = element.attributes.find(key);
        if (found == element.attributes.end()) continue;
        EXPECT_GE(std::stod(found->second), 0);
        EXPECT_LE(std::stod(found->second), right);
        ++places;
      }
    }
    EXPECT_GT(places, 50);
  }
}

TEST(SvgChart, LaysPanelsOutInFullRows) {
  Chart chart{"", std::vector<ChartPanel>(5)};
  const auto height = [&](std::int64_t columns) {
    chart.columns = columns;
    const std::string svg = to_svg(chart);
    return std::stoi(chart_parts_of_class(svg, "rc").at(0).attributes.at("height"));
  };
  const int one_row = height(5);
  EXPECT_EQ(height(9), one_row);
  EXPECT_EQ(height(4) - one_row, height(2) - height(4)) << "2 rows, then 3";
  EXPECT_EQ(height(3), height(4));
  EXPECT_EQ(height(0), height(2)) << "960 pixels hold 2 panels";
  EXPECT_GT(height(1), height(2));
}

}  // namespace
}  // namespace regard
