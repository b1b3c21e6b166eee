#include "regard/report/attention_map.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <numeric>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/small_xml.h"

namespace regard {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kTurnedText = "a\u202Eb";
const std::string kScriptEnd = "</script><img src=x onerror=alert(1)>";

/// Weights that differ in every cell and sum to 1 in every row, as a softmax gives them.
AttentionMap make_map(std::string name, TextSide rows, TextSide columns,
                      const AttentionSentence& sentence) {
  const auto size = [&](TextSide side) {
    return static_cast<std::int64_t>(
        (side == TextSide::source ? sentence.source : sentence.target).size());
  };
  AttentionMap map{std::move(name), rows, columns, 4, size(rows), size(columns), {}};
  const auto shift = static_cast<double>(sentence.maps.size());  // no two maps are the same
  for (std::int64_t head = 0; head < map.heads; ++head) {
    for (std::int64_t row = 0; row < map.num_rows; ++row) {
      std::vector<double> line;
      for (std::int64_t column = 0; column < map.num_columns; ++column) {
        const bool is_seen = rows != columns || rows == TextSide::source || column <= row;
        const auto distance = static_cast<double>(std::abs(row - column - head + 1));
        const double wave = std::sin(static_cast<double>(3 * row + 5 * column + 7 * head) + shift);
        line.push_back(is_seen ? std::exp(0.5 * wave - distance) : 0);
      }
      const double sum = std::accumulate(line.begin(), line.end(), 0.0);
      for (const double value : line)
        map.weights.push_back(static_cast<float>(value / sum));
    }
  }
  return map;
}

/// Looked at by subwords.
AttentionSentence by_piece(AttentionSentence sentence) {
  sentence.unit = "piece";
  return sentence;
}

void add_maps(AttentionSentence& sentence) {
  for (const char* layer : {"0", "1"}) {
    sentence.maps.push_back(make_map("encoder." + std::string(layer) + ".self_attention",
                                     TextSide::source, TextSide::source, sentence));
    sentence.maps.push_back(make_map("decoder." + std::string(layer) + ".self_attention",
                                     TextSide::target, TextSide::target, sentence));
    sentence.maps.push_back(make_map("decoder." + std::string(layer) + ".cross_attention",
                                     TextSide::target, TextSide::source, sentence));
  }
}

AttentionSentence plain_sentence() {
  AttentionSentence sentence;
  sentence.source = {"▁Die", "▁Aufmerksam", "keit", "▁zeigt", ",", "▁wo", "hin",
                     "▁das", "▁Mo",         "dell", "▁sieht", ".", "</s>"};
  sentence.source_words = {0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6, -1};
  sentence.target = {"▁Att", "ention", "▁shows", "▁where", "▁the", "▁model", "▁looks", ".", "</s>"};
  sentence.target_words = {0, 0, 1, 2, 3, 4, 5, 5, -1};
  sentence.gold = {{1, 0}, {2, 1}, {3, 2}, {4, 3}, {5, 4}, {6, 5}};
  sentence.links = {{1, 0}, {2, 1}};
  add_maps(sentence);
  return sentence;
}

AttentionSentence hostile_sentence() {
  AttentionSentence sentence;
  sentence.id = 1;
  sentence.source = {
      "<b>",  "&amp;",       "\"'", kScriptEnd, "<!--", kTurnedText,          "مرحبا",
      "שלום", "👩‍🚀", "  ",  "\x01\n",   "\xff", std::string(60, 'w'), "]]>",
      "</s>"};
  sentence.target = {"line\u2028end", "注意", "▁", "\\u003c", "</s>"};
  for (std::size_t i = 0; i + 1 < sentence.source.size(); ++i)
    sentence.source_words.push_back(static_cast<std::int64_t>(i));
  sentence.source_words.push_back(-1);
  sentence.target_words = {0, 1, 2, 3, -1};
  sentence.gold = {{6, 0}, {0, 1}};
  add_maps(sentence);
  return sentence;
}

AttentionSentence no_source_sentence() {
  AttentionSentence sentence;
  sentence.id = 2;
  sentence.target = {"</s>"};
  sentence.target_words = {-1};
  add_maps(sentence);
  return sentence;
}

AttentionSentence one_piece_sentence() {
  AttentionSentence sentence;
  sentence.id = 3;
  sentence.source = {"▁ja"};
  sentence.source_words = {0};
  sentence.target = {"▁yes"};
  sentence.target_words = {0};
  sentence.maps = {{"decoder.attention", TextSide::target, TextSide::source, 1, 1, 1, {1.0F}}};
  return sentence;
}

const AttentionPageInfo kInfo = {"de-en <small> & \"quoted\"", "de", "en",
                                 "alignment error rate 24.3 % </script>"};

/// The data of a page, as its script reads them.
json data_of(const std::string& html) {
  const std::string start = "<script type=\"application/json\" id=\"data\">";
  const std::size_t begin = html.find(start);
  if (begin == std::string::npos) throw std::runtime_error("the page has no data");
  const std::size_t data = begin + start.size();
  return json::parse(html.substr(data, html.find("</script>", data) - data));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

std::vector<XmlElement> of_class(const std::string& svg, const std::string& name) {
  std::vector<XmlElement> found;
  const SmallXml xml(svg);
  for (const XmlElement& element : xml.elements()) {
    const auto at = element.attributes.find("class");
    if (at != element.attributes.end() && at->second == name) found.push_back(element);
  }
  return found;
}

TEST(AttentionMap, GivesAHeadOrTheMean) {
  const AttentionMap map{"a", TextSide::target, TextSide::source, 2, 1, 3, {0, 1, 0, 0.5, 0, 0.5}};
  EXPECT_THAT(map.head(0), testing::ElementsAre(0, 1, 0));
  EXPECT_THAT(map.head(1), testing::ElementsAre(0.5, 0, 0.5));
  EXPECT_THAT(map.head(-1), testing::ElementsAre(0.25, 0.5, 0.25));
}

TEST(AttentionMap, RefusesWrongSizes) {
  AttentionMap map{"a", TextSide::target, TextSide::source, 2, 1, 2, {0, 1, 1, 0}};
  EXPECT_THROW(map.head(2), std::invalid_argument);
  EXPECT_THROW(map.head(-2), std::invalid_argument);
  map.weights.pop_back();
  EXPECT_THROW(map.head(0), std::invalid_argument);
  EXPECT_THROW(AttentionMap().head(-1), std::invalid_argument) << "no heads";
  const AttentionMap negative{"a", TextSide::target, TextSide::source, 1, -1, -1, {1}};
  EXPECT_THROW(negative.head(0), std::invalid_argument);
}

TEST(AttentionMap, HasToFitItsSentence) {
  std::vector<AttentionSentence> bad(4, plain_sentence());
  bad[0].source.emplace_back("more");
  bad[1].target_words.pop_back();
  bad[2].maps.back().num_rows = 1;
  bad[3].maps.back() = {"a", TextSide::target, TextSide::source, 1, 2, 2, {0, 1, 1, 0}};
  for (const AttentionSentence& sentence : bad) {
    EXPECT_THROW(attention_json(sentence), std::invalid_argument);
    EXPECT_THROW(attention_html({sentence}, kInfo), std::invalid_argument);
    EXPECT_THROW(attention_svg(sentence, sentence.maps.back(), -1), std::invalid_argument);
  }
}

TEST(AttentionJson, HoldsShapesAndValues) {
  const AttentionSentence sentence = plain_sentence();
  const std::string text = attention_json(sentence);
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  const json read = json::parse(text);
  EXPECT_EQ(read["id"], 0);
  EXPECT_EQ(read["source"], json(sentence.source));
  EXPECT_EQ(read["target"], json(sentence.target));
  EXPECT_EQ(read["words"]["source"], json(sentence.source_words));
  EXPECT_EQ(read["words"]["target"], json(sentence.target_words));
  EXPECT_EQ(read["gold"], json(sentence.gold));
  EXPECT_EQ(read["links"], json(sentence.links));
  EXPECT_EQ(read["unit"], "word");
  ASSERT_EQ(read["maps"].size(), sentence.maps.size());
  for (std::size_t m = 0; m < sentence.maps.size(); ++m) {
    const AttentionMap& map = sentence.maps[m];
    const json& weights = read["maps"][m]["weights"];
    ASSERT_EQ(weights.size(), 4U);
    std::size_t at = 0;
    for (const json& head : weights) {
      ASSERT_EQ(head.size(), static_cast<std::size_t>(map.num_rows));
      for (const json& row : head) {
        ASSERT_EQ(row.size(), static_cast<std::size_t>(map.num_columns));
        for (const json& weight : row)
          ASSERT_NEAR(weight.get<double>(), static_cast<double>(map.weights[at++]), 5.1e-6);
      }
    }
    EXPECT_EQ(at, map.weights.size());
    EXPECT_EQ(read["maps"][m]["name"], map.name);
  }
}

TEST(AttentionJson, NamesKindAndSides) {
  const json maps = json::parse(attention_json(plain_sentence()))["maps"];
  ASSERT_GE(maps.size(), 3U);
  const char* expected[3][3] = {
      {"self", "source", "source"}, {"self", "target", "target"}, {"cross", "target", "source"}};
  for (std::size_t m = 0; m < 3; ++m) {
    EXPECT_EQ(maps[m]["kind"], expected[m][0]);
    EXPECT_EQ(maps[m]["rows"], expected[m][1]);
    EXPECT_EQ(maps[m]["columns"], expected[m][2]);
  }
}

TEST(AttentionJson, RoundsToFiveDigits) {
  AttentionSentence sentence = one_piece_sentence();
  const std::vector<std::pair<float, std::string>> cases = {
      {0.123456F, "0.12346"}, {1e-7F, "0"},
      {-1e-7F, "0"},          {1.0F, "1"},
      {0.00001F, "1e-05"},    {std::numeric_limits<float>::quiet_NaN(), "null"}};
  for (const auto& [weight, text] : cases) {
    sentence.maps[0].weights = {weight};
    EXPECT_THAT(attention_json(sentence), HasSubstr("\"weights\":[[[" + text + "]]]"));
  }
}

TEST(AttentionJson, KeepsHostilePiecesInOneLine) {
  const AttentionSentence sentence = hostile_sentence();
  const std::string text = attention_json(sentence);
  EXPECT_THAT(text, Not(HasSubstr("\u202E")));
  EXPECT_THAT(text, Not(HasSubstr("\u2028")));
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  const json read = json::parse(text);
  ASSERT_EQ(read["source"].size(), sentence.source.size());
  for (std::size_t i = 0; i < sentence.source.size(); ++i) {
    const std::string& piece = sentence.source[i];
    EXPECT_EQ(read["source"][i], piece == "\xff" ? "\uFFFD" : piece);
  }
  EXPECT_EQ(read["target"][0], "line\u2028end");
}

TEST(AttentionSvg, HasOneCellPerWeightOfPieces) {
  const AttentionSentence sentence = by_piece(plain_sentence());
  for (const AttentionMap& map : sentence.maps) {
    for (const std::int64_t head : {-1, 0, 3}) {
      const std::string svg = attention_svg(sentence, map, head);
      const auto cells = of_class(svg, "w");
      EXPECT_EQ(cells.size(), static_cast<std::size_t>(map.num_rows * map.num_columns));
      EXPECT_EQ(of_class(svg, "r").size(), static_cast<std::size_t>(map.num_rows));
      EXPECT_EQ(of_class(svg, "c").size(), static_cast<std::size_t>(map.num_columns));
      EXPECT_THAT(svg, HasSubstr(map.name + (head < 0 ? ", mean of 4 heads" : ", head ")));
    }
  }
  EXPECT_THROW(attention_svg(sentence, sentence.maps[0], 4), std::invalid_argument);
}

TEST(AttentionSvg, IsDarkerForLargerWeights) {
  AttentionSentence sentence = one_piece_sentence();
  const auto colour = [&](float weight) {
    sentence.maps[0].weights = {weight};
    const auto cells = of_class(attention_svg(sentence, sentence.maps[0], 0), "w");
    return cells.size() == 1 ? std::stol(cells[0].attributes.at("fill").substr(1), nullptr, 16)
                             : -1;
  };
  EXPECT_EQ(colour(0), 0xFFFFFF);
  EXPECT_GT(colour(0), colour(0.25));
  EXPECT_GT(colour(0.25), colour(0.75));
  EXPECT_GT(colour(0.75), colour(1));
  EXPECT_EQ(colour(1), colour(2)) << "weights above 1 have the last colour";
}

std::vector<std::string> texts_of(const std::vector<XmlElement>& elements) {
  std::vector<std::string> texts;
  for (const XmlElement& element : elements)
    texts.push_back(element.text);
  return texts;
}

TEST(AttentionSvg, ShowsWholeWords) {
  AttentionSentence sentence = plain_sentence();
  const AttentionMap& map = sentence.maps[2];
  const std::string svg = attention_svg(sentence, map, 1);
  const std::vector<std::string> rows = {"Attention", "shows",  "where",     "the",
                                         "model",     "looks.", "&lt;/s&gt;"};
  EXPECT_EQ(texts_of(of_class(svg, "r")), rows);
  EXPECT_EQ(texts_of(of_class(svg, "c")),
            (std::vector<std::string>{"Die", "Aufmerksamkeit", "zeigt,", "wohin", "das", "Modell",
                                      "sieht.", "&lt;/s&gt;"}));
  ASSERT_EQ(of_class(svg, "w").size(), 7U * 8U);
  // "Attention" are rows 0 and 1, "Aufmerksamkeit" columns 1 and 2: the mean of the sums.
  const std::vector<float> weights = map.head(1);
  const auto at = [&](std::size_t row, std::size_t column) {
    return static_cast<double>(weights[row * 13 + column]);
  };
  const double expected = (at(0, 1) + at(0, 2) + at(1, 1) + at(1, 2)) / 2;
  const std::string title = "<title>Attention, Aufmerksamkeit: ";
  const std::size_t place = svg.find(title);
  ASSERT_NE(place, std::string::npos);
  EXPECT_NEAR(std::stod(svg.substr(place + title.size())), expected, 6e-4);
  EXPECT_THAT(svg, Not(HasSubstr("\u2581")));

  sentence.source_texts = {"Die", "<AUFMERKSAMKEIT>", "zeigt,", "wohin", "das", "Modell", "sieht."};
  EXPECT_EQ(texts_of(of_class(attention_svg(sentence, sentence.maps[2], 1), "c"))[1],
            "&lt;AUFMERKSAMKEIT&gt;")
      << "words as they are written, not as the vocabulary has them";
}

TEST(AttentionSvg, ShowsTheSpaceOfAPieceAsAGreyDot) {
  const AttentionSentence sentence = by_piece(plain_sentence());
  const std::string svg = attention_svg(sentence, sentence.maps[2], 1);
  EXPECT_EQ(count(svg, ">\u00b7</tspan>"), 13U) << "7 source and 6 target pieces begin a word";
  EXPECT_THAT(svg, HasSubstr("</tspan>Aufmerksam</text>"));
  EXPECT_THAT(svg, HasSubstr(">keit</text>"));
}

TEST(AttentionSvg, FramesGoldLinksOfWords) {
  const AttentionSentence whole = plain_sentence();
  EXPECT_EQ(of_class(attention_svg(whole, whole.maps[2], -1), "g").size(), 6U);
  const AttentionSentence sentence = by_piece(whole);
  const std::string cross = attention_svg(sentence, sentence.maps[2], -1);
  // Pieces of the linked words: 2*2 + 2*1 + 2*1 + 1*1 + 2*1 + 2*2.
  EXPECT_EQ(of_class(cross, "g").size(), 15U);
  EXPECT_THAT(cross, HasSubstr(">gold link<"));
  const std::string self = attention_svg(sentence, sentence.maps[0], -1);
  EXPECT_TRUE(of_class(self, "g").empty());
  EXPECT_THAT(self, Not(HasSubstr(">gold link<")));
}

TEST(AttentionSvg, NamesTargetKeysByWhatTheyRead) {
  const AttentionSentence sentence = plain_sentence();
  const auto columns = texts_of(of_class(attention_svg(sentence, sentence.maps[1], -1), "c"));
  EXPECT_EQ(columns, (std::vector<std::string>{"&lt;s&gt;", "Attention", "shows", "where", "the",
                                               "model", "looks."}));
  const AttentionSentence pieces = by_piece(sentence);
  EXPECT_EQ(of_class(attention_svg(pieces, pieces.maps[1], -1), "c").size(),
            sentence.target.size());
}

TEST(AttentionSvg, EscapesHostilePieces) {
  const AttentionSentence sentence = by_piece(hostile_sentence());
  const std::string svg = attention_svg(sentence, sentence.maps[2], 0);
  ASSERT_NO_THROW(SmallXml{svg});
  for (const char* text :
       {"&lt;b&gt;", "&amp;amp;", "&quot;&#39;", "a[U+202E]b", "مرحبا", "👩‍🚀", "␣",
        "[U+0001][U+000A]", "\uFFFD", "line[U+2028]end", "注意"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  EXPECT_THAT(svg, Not(HasSubstr("\u202E")));
  EXPECT_THAT(svg, Not(HasSubstr("<img")));
}

TEST(AttentionSvg, DrawsEmptyAndSmallMaps) {
  const AttentionSentence empty = no_source_sentence();
  for (const AttentionMap& map : empty.maps) {
    const std::string svg = attention_svg(empty, map, -1);
    EXPECT_EQ(of_class(svg, "w").size(), static_cast<std::size_t>(map.num_rows * map.num_columns));
  }
  for (const AttentionMap& map : by_piece(empty).maps)
    EXPECT_NO_THROW(attention_svg(by_piece(empty), map, -1));
  const AttentionSentence one = one_piece_sentence();
  EXPECT_EQ(of_class(attention_svg(one, one.maps[0], -1), "w").size(), 1U);
}

TEST(AttentionPage, ReachesForNothingElse) {
  const std::string html = attention_html({plain_sentence(), hostile_sentence()}, kInfo);
  EXPECT_THAT(html, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  for (const char* part : {"http:", "https:", "src=\"", "@import", "url(", "innerHTML",
                           "insertAdjacentHTML", "document.write"}) {
    EXPECT_THAT(html, Not(HasSubstr(part))) << part;
  }
  EXPECT_EQ(count(html, "href="), 1U) << "only the empty icon";
}

TEST(AttentionPage, HoldsEveryPieceAndWeight) {
  const AttentionSentence sentence = plain_sentence();
  const json data = data_of(attention_html({sentence, one_piece_sentence()}, kInfo));
  EXPECT_EQ(data["title"], kInfo.title);
  EXPECT_EQ(data["summary"], kInfo.summary);
  EXPECT_EQ(data["sourceLanguage"], "de");
  ASSERT_EQ(data["sentences"].size(), 2U);
  const json& first = data["sentences"][0];
  EXPECT_EQ(first["source"], json(sentence.source));
  EXPECT_EQ(first["target"], json(sentence.target));
  EXPECT_EQ(first["sourceWords"], json(sentence.source_words));
  EXPECT_EQ(first["gold"], json(sentence.gold));
  EXPECT_EQ(first["unit"], "word");
  ASSERT_EQ(first["maps"].size(), sentence.maps.size());
  for (std::size_t m = 0; m < sentence.maps.size(); ++m) {
    const std::vector<float>& weights = sentence.maps[m].weights;
    const json& shown = first["maps"][m]["weights"];
    ASSERT_EQ(shown.size(), weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double weight = shown[i].get<double>() / data["scale"].get<double>();
      ASSERT_NEAR(weight, static_cast<double>(weights[i]), 5.1e-5);
    }
  }
}

TEST(AttentionPage, LetsNoPieceEndTheScript) {
  const std::string clean = attention_html({plain_sentence()}, {"title", "", "", ""});
  const std::string hostile = attention_html({hostile_sentence()}, kInfo);
  EXPECT_EQ(count(hostile, "</script>"), count(clean, "</script>"));
  EXPECT_EQ(count(hostile, "<!--"), 0U);
  EXPECT_EQ(count(hostile, "<img"), 0U);
  EXPECT_EQ(count(hostile, "<small>"), 0U);
  EXPECT_EQ(count(hostile, "\u202E"), 0U);
  const json source = data_of(hostile)["sentences"][0]["source"];
  ASSERT_EQ(source.size(), hostile_sentence().source.size());
  EXPECT_EQ(source[0], "<b>");
  EXPECT_EQ(source[3], kScriptEnd);
  EXPECT_EQ(source[5], "a[U+202E]b");
  EXPECT_EQ(source[8], "👩‍🚀");
}

TEST(AttentionPage, TakesEmptySentences) {
  EXPECT_EQ(data_of(attention_html({}, kInfo))["sentences"].size(), 0U);
  AttentionSentence nothing;
  const json data = data_of(attention_html({nothing, no_source_sentence()}, kInfo));
  ASSERT_EQ(data["sentences"].size(), 2U);
  EXPECT_EQ(data["sentences"][0]["maps"].size(), 0U);
  EXPECT_EQ(data["sentences"][1]["maps"][2]["numColumns"], 0);
  EXPECT_NO_THROW(json::parse(attention_json(nothing)));
  const json empty = json::parse(attention_json(no_source_sentence()));
  EXPECT_EQ(empty["maps"][2]["weights"], json::parse("[[[]],[[]],[[]],[[]]]"));
}

/// For scripts/check_attention_page.py: a page with all of these sentences, and a picture.
TEST(AttentionPage, WritesASampleWhereAsked) {
  const char* path = std::getenv("REGARD_ATTENTION_SAMPLE");
  if (path == nullptr) GTEST_SKIP() << "set REGARD_ATTENTION_SAMPLE=FILE.html for a sample page";
  const std::vector<AttentionSentence> sentences = {plain_sentence(), hostile_sentence(),
                                                    no_source_sentence(), one_piece_sentence()};
  std::ofstream page(path);
  page << attention_html(sentences, kInfo);
  EXPECT_TRUE(page.flush());
  std::ofstream picture(std::string(path) + ".svg");
  picture << attention_svg(sentences[0], sentences[0].maps[5], -1);
  EXPECT_TRUE(picture.flush());
}

}  // namespace
}  // namespace regard
