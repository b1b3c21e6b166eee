#include <cmath>

#include "regard/core/strings.h"
#include "regard/report/attention_map.h"

#include "report/attention_json_text.h"
#include "report/attention_labels.h"

namespace regard {
namespace {

std::string weight_text(float weight) {
  if (!std::isfinite(weight)) return "null";
  return format_shortest(std::round(static_cast<double>(weight) * 1e5) / 1e5 + 0.0);
}

/// One head as an array of rows, written straight into the text: a tree of numbers would need many
/// times the memory.
std::string rows_text(const AttentionMap& map, std::int64_t head) {
  std::string text = "[";
  std::int64_t at = head * map.num_rows * map.num_columns;
  for (std::int64_t row = 0; row < map.num_rows; ++row) {
    text += row == 0 ? "[" : ",[";
    for (std::int64_t column = 0; column < map.num_columns; ++column, ++at) {
      if (column > 0) text += ',';
      text += weight_text(map.weights[static_cast<std::size_t>(at)]);
    }
    text += ']';
  }
  return text + "]";
}

std::string map_json(const AttentionMap& map) {
  std::vector<std::string> heads;
  for (std::int64_t head = 0; head < map.heads; ++head)
    heads.push_back(rows_text(map, head));
  std::vector<std::string> positions;
  for (const float position : map.positions)
    positions.push_back(weight_text(position));
  return str(R"({"name":)", json_string(map.name), R"(,"kind":")", kind_of(map), R"(","rows":")",
             side_name(map.rows), R"(","columns":")", side_name(map.columns), R"(","weights":)",
             json_array(heads), positions.empty() ? "" : R"(,"positions":)" + json_array(positions),
             "}");
}

}  // namespace

std::string attention_json(const AttentionSentence& sentence) {
  check_attention(sentence);
  std::vector<std::string> maps;
  for (const AttentionMap& map : sentence.maps)
    maps.push_back(map_json(map));
  return str(R"({"id":)", sentence.id, R"(,"source":)", json_strings(sentence.source),
             R"(,"target":)", json_strings(sentence.target), R"(,"words":{"source":)",
             json_integers(sentence.source_words), R"(,"target":)",
             json_integers(sentence.target_words), R"(},"unit":)", json_string(sentence.unit),
             R"(,"links":)", json_links(sentence.links), R"(,"gold":)", json_links(sentence.gold),
             R"(,"maps":)", json_array(maps), "}");
}

}  // namespace regard
