#include "evaluation_text.h"

#include <nlohmann/json.hpp>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

nlohmann::json to_json(const MetricScore& score) {
  nlohmann::json json = {{"name", score.name},
                         {"score", score.score},
                         {"signature", score.signature},
                         {"verbose_score", score.details}};
  if (score.confidence) {
    json["confidence_mean"] = score.confidence->mean;
    json["confidence"] = score.confidence->half_width;
  }
  return json;
}

}  // namespace

std::string evaluation_text(const Evaluation& evaluation) {
  std::string text;
  for (const MetricEvaluation& metric : evaluation.scores) {
    text += to_string(metric.score) + "\n";
    for (const BaselineComparison& other : metric.baselines) {
      const std::string verdict =
          other.is_different ? "p = " + format_fixed(other.p_value, 4) : "no difference";
      text +=
          str("  against ", other.name, ": ", format_fixed(other.score, 2), ", ", verdict, "\n");
    }
  }
  return text;
}

std::string evaluation_json(const Evaluation& evaluation) {
  nlohmann::json scores = nlohmann::json::array();
  for (const MetricEvaluation& metric : evaluation.scores) {
    scores.push_back(to_json(metric.score));
    for (const BaselineComparison& other : metric.baselines) {
      scores.back()["baselines"].push_back({{"file", replace_invalid_utf8(other.name)},
                                            {"score", other.score},
                                            {"difference", other.difference},
                                            {"p_value", other.p_value}});
    }
  }
  return scores.dump(2) + "\n";
}

std::string sentence_score_text(const Evaluation& evaluation) {
  std::string text;
  const auto& columns = evaluation.sentence_scores;
  for (std::size_t line = 0; line < columns.front().size(); ++line) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += '\t';
      text += format_fixed(columns[i][line], 2);
    }
    text += "\n";
  }
  return text;
}

}  // namespace regard
