#include <algorithm>
#include <cmath>

#include "regard/core/strings.h"
#include "regard/metrics/answers.h"

#include "metrics/item_f1.h"

namespace regard {
namespace {

/// Statistics: right lines, lines.
class Accuracy final : public AnswerMetric {
 public:
  Accuracy() : AnswerMetric("accuracy") {}

  std::size_t num_statistics() const override { return 2; }
  double score(const Statistics& total) const override { return percent(total[0], total[1]); }

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    return {answer == right ? 1.0 : 0.0, 1};
  }
};

class ClassF1 final : public ItemF1 {
 public:
  using ItemF1::ItemF1;

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    Statistics counts = nothing();
    if (answer == right) add(counts, Count::right, right);
    add(counts, Count::answered, answer);
    add(counts, Count::expected, right);
    return counts;
  }
};

/// Statistics: lines, right lines, then how often each label is right and answered.
class Matthews final : public AnswerMetric {
 public:
  explicit Matthews(std::vector<std::string> labels)
      : AnswerMetric("matthews"), labels_(std::move(labels)) {}

  std::size_t num_statistics() const override { return 2 + 2 * labels_.size(); }
  std::string settings() const override { return str("labels:", labels_.size()); }

  double score(const Statistics& total) const override {
    const double all = total[0];
    double common = 0;
    double of_right = 0;
    double of_answers = 0;
    for (std::size_t i = 2; i + 1 < total.size(); i += 2) {
      common += total[i] * total[i + 1];
      of_right += total[i] * total[i];
      of_answers += total[i + 1] * total[i + 1];
    }
    const double spread = (all * all - of_answers) * (all * all - of_right);
    return spread > 0 ? 100 * (total[1] * all - common) / std::sqrt(spread) : 0;
  }

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    Statistics counts(num_statistics(), 0);
    counts[0] = 1;
    counts[1] = answer == right ? 1 : 0;
    ++counts[2 + 2 * labels_.at(right)];
    ++counts[3 + 2 * labels_.at(answer)];
    return counts;
  }

 private:
  LabelNumbers labels_;
};

std::string name_of_average(F1Average average) {
  switch (average) {
    case F1Average::micro:
      return "micro_f1";
    case F1Average::macro:
      return "macro_f1";
    case F1Average::weighted:
      return "weighted_f1";
  }
  return "";
}

}  // namespace

std::unique_ptr<Metric> make_accuracy() {
  return std::make_unique<Accuracy>();
}

std::unique_ptr<Metric> make_class_f1(F1Average average, std::vector<std::string> labels) {
  return std::make_unique<ClassF1>(name_of_average(average), average, std::move(labels));
}

std::unique_ptr<Metric> make_matthews(std::vector<std::string> labels) {
  return std::make_unique<Matthews>(std::move(labels));
}

ConfusionMatrix confusion_matrix(std::vector<std::string> labels,
                                 std::span<const std::string> answers,
                                 std::span<const std::string> right) {
  const std::vector<std::vector<std::string>> references = {{right.begin(), right.end()}};
  check_corpus(answers, references);
  const LabelNumbers numbers(std::move(labels));
  ConfusionMatrix matrix{numbers.labels(), {}};
  matrix.counts.assign(numbers.size(), std::vector<std::int64_t>(numbers.size(), 0));
  for (std::size_t i = 0; i < answers.size(); ++i)
    ++matrix.counts[numbers.at(trim(right[i]))][numbers.at(trim(answers[i]))];
  return matrix;
}

}  // namespace regard
