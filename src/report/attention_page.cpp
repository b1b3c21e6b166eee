#include <cmath>

#include "regard/core/strings.h"
#include "regard/report/attention_map.h"
#include "regard/report/svg_text.h"

#include "report/attention_json_text.h"
#include "report/attention_labels.h"
#include "report/attention_page_assets.h"

namespace regard {
namespace {

constexpr double kScale = 10000;  // weights are whole numbers of 1 / kScale: half the size of text

std::string weights_text(const std::vector<float>& weights) {
  std::string text = "[";
  for (const float weight : weights) {
    if (text.size() > 1) text += ',';
    text += std::isfinite(weight) ? std::to_string(std::lround(weight * kScale)) : "null";
  }
  return text + "]";
}

std::string map_text(const AttentionMap& map) {
  return str(R"({"name":)", json_string(shown_text(map.name)), R"(,"rows":")", side_name(map.rows),
             R"(","columns":")", side_name(map.columns), R"(","heads":)", map.heads,
             R"(,"numRows":)", map.num_rows, R"(,"numColumns":)", map.num_columns, R"(,"weights":)",
             weights_text(map.weights), "}");
}

std::string shown_strings(const std::vector<std::string>& pieces) {
  std::vector<std::string> shown;
  for (const std::string& piece : pieces)
    shown.push_back(shown_text(piece));
  return json_strings(shown);
}

std::string sentence_text(const AttentionSentence& sentence) {
  check_attention(sentence);
  std::vector<std::string> maps;
  for (const AttentionMap& map : sentence.maps)
    maps.push_back(map_text(map));
  return str(R"({"id":)", sentence.id, R"(,"source":)", shown_strings(sentence.source),
             R"(,"target":)", shown_strings(sentence.target), R"(,"unit":)",
             json_string(sentence.unit), R"(,"sourceTexts":)", shown_strings(sentence.source_texts),
             R"(,"targetTexts":)", shown_strings(sentence.target_texts), R"(,"sourceWords":)",
             json_integers(sentence.source_words), R"(,"targetWords":)",
             json_integers(sentence.target_words), R"(,"gold":)", json_links(sentence.gold),
             R"(,"maps":)", json_array(maps), "}");
}

/// JSON has these characters in strings only, where a code may stand for them. With none of them
/// left, no text can end the script element or begin a comment.
std::string escape_for_script(const std::string& json) {
  std::string escaped;
  for (const char c : json) {
    if (c == '<') {
      escaped += "\\u003c";
    } else if (c == '>') {
      escaped += "\\u003e";
    } else if (c == '&') {
      escaped += "\\u0026";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string data_text(const std::vector<AttentionSentence>& sentences,
                      const AttentionPageInfo& info) {
  std::vector<std::string> texts;
  for (const AttentionSentence& sentence : sentences)
    texts.push_back(sentence_text(sentence));
  return str(R"({"scale":)", kScale, R"(,"title":)", json_string(shown_text(info.title)),
             R"(,"summary":)", json_string(info.summary.empty() ? "" : shown_text(info.summary)),
             R"(,"sourceLanguage":)", json_string(info.source_language), R"(,"targetLanguage":)",
             json_string(info.target_language), R"(,"sentences":)", json_array(texts), "}");
}

// The policy lets the browser itself refuse anything from a network, whatever the texts hold.
constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>)";

}  // namespace

std::string attention_html(const std::vector<AttentionSentence>& sentences,
                           const AttentionPageInfo& info) {
  return str(kHead, escape_xml(shown_text(info.title)), "</title>\n<style>\n", kAttentionPageStyle,
             "</style>\n</head>\n<body>\n", kAttentionPageBody,
             "<script type=\"application/json\" id=\"data\">",
             escape_for_script(data_text(sentences, info)), "</script>\n<script>\n",
             kAttentionPageScript, "</script>\n</body>\n</html>\n");
}

}  // namespace regard
