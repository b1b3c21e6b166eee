#pragma once

#include <string>
#include <vector>

#include "regard/metrics/answers.h"

#include "metrics/answer_metric.h"

namespace regard {

/// Counts of things that are answered and things that are right, for F1. Statistics: three for all
/// labels together, then three per label: right, answered, expected.
class ItemF1 : public AnswerMetric {
 public:
  ItemF1(std::string name, F1Average average, std::vector<std::string> labels);

  std::size_t num_statistics() const final { return 3 + 3 * labels_.size(); }
  std::string settings() const final;
  double score(const Statistics& total) const final;
  std::string details(const Statistics& total) const final;
  std::vector<LabelScore> label_scores(const Statistics& total) const final;

 protected:
  enum class Count : std::size_t { right = 0, answered = 1, expected = 2 };
  /// Nothing counted.
  Statistics nothing() const { return Statistics(num_statistics(), 0); }
  /// Throws UserError for an unknown label, if the average needs every label.
  void add(Statistics& counts, Count count, std::string_view label) const;

 private:
  F1Average average_;
  LabelNumbers labels_;
};

}  // namespace regard
