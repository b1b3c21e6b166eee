#include "metrics/item_f1.h"

#include "regard/core/strings.h"

namespace regard {
namespace {

LabelScore score_at(const Statistics& total, std::size_t first, std::string label) {
  LabelScore score;
  score.label = std::move(label);
  score.num_right = total[first];
  score.num_answered = total[first + 1];
  score.num_expected = total[first + 2];
  score.precision = percent(score.num_right, score.num_answered);
  score.recall = percent(score.num_right, score.num_expected);
  score.f1 = percent(2 * score.num_right, score.num_answered + score.num_expected);
  return score;
}

}  // namespace

ItemF1::ItemF1(std::string name, F1Average average, std::vector<std::string> labels)
    : AnswerMetric(std::move(name)), average_(average), labels_(std::move(labels)) {}

std::string ItemF1::settings() const {
  return average_ == F1Average::micro ? "" : str("labels:", labels_.size());
}

void ItemF1::add(Statistics& counts, Count count, std::string_view label) const {
  const auto place = static_cast<std::size_t>(count);
  ++counts[place];
  const std::ptrdiff_t known = labels_.find(label);
  if (known < 0 && average_ == F1Average::micro) return;
  ++counts[3 + 3 * labels_.at(label) + place];
}

double ItemF1::score(const Statistics& total) const {
  if (average_ == F1Average::micro) return score_at(total, 0, "").f1;
  double sum = 0;
  double weights = 0;
  for (const LabelScore& label : label_scores(total)) {
    if (label.num_answered + label.num_expected == 0) continue;
    const double weight = average_ == F1Average::weighted ? label.num_expected : 1;
    sum += weight * label.f1;
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

std::string ItemF1::details(const Statistics& total) const {
  const LabelScore all = score_at(total, 0, "");
  if (average_ != F1Average::micro) return "";
  return str("(precision = ", format_fixed(all.precision, 2),
             " recall = ", format_fixed(all.recall, 2), " right = ", all.num_right,
             " answered = ", all.num_answered, " expected = ", all.num_expected, ")");
}

std::vector<LabelScore> ItemF1::label_scores(const Statistics& total) const {
  std::vector<LabelScore> scores;
  for (std::size_t i = 0; i < labels_.size(); ++i)
    scores.push_back(score_at(total, 3 + 3 * i, labels_.labels()[i]));
  return scores;
}

}  // namespace regard
