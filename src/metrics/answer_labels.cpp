#include <algorithm>
#include <array>
#include <set>

#include "regard/core/strings.h"
#include "regard/metrics/answers.h"

#include "metrics/answer_metric.h"
#include "metrics/chunks.h"
#include "metrics/set_type.h"

namespace regard {
namespace {

/// What a line has of labels, by the kind of metric.
void collect_labels(std::string_view metric, std::string_view line, std::set<std::string>& labels) {
  if (metric == "micro_f1" || needs_labels(metric)) {
    labels.emplace(trim(line));
    return;
  }
  for (const std::string_view part : parts_of_line(trim(line))) {
    if (metric == "label_f1" && !is_outside(part)) labels.emplace(part);
    if (metric == "set_f1") labels.emplace(type_of_item(part));
    if (metric != "span_f1") continue;
    const ChunkTag tag = chunk_tag(part);
    if (tag.position != "O" && tag.position != ".") labels.emplace(tag.type);
  }
}

}  // namespace

std::vector<std::string> answer_metric_names() {
  return {"accuracy", "micro_f1", "macro_f1", "weighted_f1",  "matthews", "pearson",
          "mse",      "span_f1",  "label_f1", "tag_accuracy", "set_f1"};
}

bool needs_labels(std::string_view metric) {
  return metric == "macro_f1" || metric == "weighted_f1" || metric == "matthews";
}

std::vector<std::string> labels_of_answers(std::string_view metric,
                                           std::span<const std::vector<std::string>> texts) {
  std::set<std::string> labels;
  for (const std::vector<std::string>& text : texts) {
    for (const std::string& line : text)
      collect_labels(metric, line, labels);
  }
  return {labels.begin(), labels.end()};
}

}  // namespace regard
