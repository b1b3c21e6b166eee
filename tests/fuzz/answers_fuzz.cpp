#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "regard/core/strings.h"
#include "regard/metrics/make_metric.h"

#include "fuzz/fuzz_support.h"

// Any answers get a score, or a proper error. The first byte of the input chooses the metric; the
// lines are an answer and the right one in turn.

namespace regard::fuzz {
namespace {

using Lines = std::vector<std::string>;

/// Whether two scores are one but for rounding.
bool is_near(double one, double other) {
  return std::abs(one - other) <= 1e-6 * std::max(1.0, std::abs(other));
}

void check_labels(const Metric& metric, const std::vector<Statistics>& lines) {
  Statistics total;
  for (const Statistics& line : lines)
    add_statistics(total, line);
  for (const LabelScore& label : metric.label_scores(total)) {
    require(label.num_right <= label.num_answered && label.num_right <= label.num_expected,
            "more right ones than answers");
    require(label.f1 >= 0 && label.f1 <= 100 + 1e-9, "an F1 outside 0 to 100");
  }
}

void measure_answers(std::string_view input) {
  const Lines names = answer_metric_names();
  const std::string& name = names[take_byte(input) % names.size()];
  const Lines lines = split(input, '\n');
  Lines answers;
  Lines right;
  for (std::size_t i = 0; i < lines.size(); ++i)
    (i % 2 == 0 ? answers : right).push_back(lines[i]);
  if (right.size() < answers.size()) right.push_back(answers.back());
  MetricOptions options;
  options.labels = labels_of_answers(name, std::vector<Lines>{answers, right});
  const auto metric = make_metric(name, options);
  const std::vector<Lines> references = {right};
  const std::vector<Statistics> counts = corpus_statistics(*metric, answers, references);
  const double score = corpus_score(*metric, counts, 1).score;
  const double least = name == "pearson" || name == "matthews" ? -100 - 1e-9 : 0;
  require(std::isfinite(score) && score >= least, "a score that is not a number, or too small");
  require(name == "mse" || score <= 100 + 1e-9, "a score above 100");
  check_labels(*metric, counts);
  const std::vector<Lines> themselves = {answers};
  const double best = corpus_score(*metric, answers, themselves).score;
  // 0 where there is nothing to count.
  const bool is_best = name == "mse" ? best == 0 : best == 0 || is_near(best, 100);
  require(is_best, "answers that do not agree with themselves");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  regard::fuzz::accepts([&] { regard::fuzz::measure_answers(regard::fuzz::as_text(data, size)); });
  return 0;
}
